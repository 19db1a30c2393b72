"""The configuration by which nginx keeps answers as a distribution's policies have CloudFront keep them.

Two hops. The outer one is the cache; it sees no rule but the lifetime that the inner one gives each answer, which that
reads off the status and `Cache-Control`. What would make nginx more careful than CloudFront is switched off: it keeps
answers that set a cookie or vary by one, so that such a fault shows.

Not modelled: `Expires` without `Cache-Control`, an old answer in an error's place, compression, `Age` (`Date` is that
of the moment when the answer was kept).

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from tests.rehearsal.cache.distribution import DEFAULT, ERROR_SECONDS, Behaviour, CachePolicy, Distribution, NotModelled

# Errors that are kept whatever the origin says, unless it refuses, and only when it asks.
KEPT_ALWAYS = (500, 502, 503, 504)
KEPT_UNLESS_REFUSED = (404, 405, 410, 414, 501)
KEPT_WHEN_ASKED = (400, 403, 412, 415)

REFUSED = r".*\|.*(no-store|no-cache|private)"

# A lifetime by what an answer looks like: the status, how the emulator's CloudFront came by it, its Cache-Control.
LOOKS = "$status|$upstream_http_x_cache|$upstream_http_cache_control"
Rule = tuple[str, str]

_NAME = re.compile(r"[A-Za-z0-9_-]+")

MAIN = Template("""\
daemon off;
worker_processes 1;
$user
pid $folder/pid;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path $folder/body;
  proxy_temp_path $folder/proxy;
  fastcgi_temp_path $folder/fastcgi;
  uwsgi_temp_path $folder/uwsgi;
  scgi_temp_path $folder/scgi;
  proxy_cache_path $folder/kept levels=1 keys_zone=kept:8m inactive=1d use_temp_path=off;

  client_max_body_size 0;
  keepalive_requests 1000000;
  merge_slashes off;
  underscores_in_headers on;
  ignore_invalid_headers off;
  proxy_http_version 1.1;
  proxy_pass_header Date;
  proxy_pass_header Server;

  upstream origin { server $upstream; keepalive 16; }
$lifetimes
  map $$request_uri $$path { "~^(?<before_query>[^?]*)" $$before_query; }
  map $$http_accept_encoding $$gzip { default ""; "~*gzip" gzip; }
  map $$http_accept_encoding $$br { default ""; "~*\\bbr\\b" br; }
  map "$$upstream_cache_status|$$upstream_http_x_cache" $$shown {
    default "Miss from cloudfront";
    "~^HIT" "Hit from cloudfront";
    "~\\|(?<as_said>.+)" $$as_said;
  }
  server {
    listen 127.0.0.1:$port;
    listen 127.0.0.1:$tls_port ssl;
    ssl_certificate $certificate;
    ssl_certificate_key $certificate;
    proxy_set_header Connection "";
    proxy_cache kept;
    proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;
    proxy_hide_header X-Cache;
    add_header X-Cache $$shown always;
$behaviours
  }
}
""")

LIFETIMES = Template("""\
  upstream policy$number { server unix:$folder/policy$number; keepalive 16; }
  map "$looks" $$seconds$number {
$rules
  }
  server {
    listen unix:$folder/policy$number;
    location / {
      proxy_pass http://origin;
      # Whoever comes here came to CloudFront by https.
      proxy_set_header Host $domain;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header Connection "";
      proxy_ignore_headers X-Accel-Redirect X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;
      add_header X-Accel-Expires $$seconds$number always;
    }
  }
""")

BEHAVIOUR = Template("""\
    location $where {
      proxy_pass http://policy$number;
      proxy_cache_key "$key";
      proxy_cache_lock $collapses;
    }
""")


def config(
    distribution: Distribution, *, upstream: str, folder: Path, port: int, tls_port: int, certificate: Path
) -> str:
    """Return nginx's configuration. Raises NotModelled for what it cannot key.

    upstream: "host:port" that answers what is not kept. folder: where nginx may write.
    """
    policies = list(dict.fromkeys(each.policy for each in distribution.behaviours))
    return MAIN.substitute(
        user="user root;" if os.geteuid() == 0 else "",
        folder=folder,
        port=port,
        tls_port=tls_port,
        certificate=certificate,
        upstream=upstream,
        lifetimes="".join(
            LIFETIMES.substitute(
                number=number,
                folder=folder,
                domain=distribution.domain,
                looks=LOOKS,
                rules="\n".join(f'    "~*{look}" "{value}";' for look, value in lifetimes(policy, distribution.errors)),
            )
            for number, policy in enumerate(policies)
        ),
        behaviours="".join(_behaviour(each, policies.index(each.policy)) for each in distribution.behaviours),
    )


def lifetimes(policy: CachePolicy, errors: Mapping[int, int]) -> Iterator[Rule]:
    """Yield what an answer looks like, as a regular expression, and the seconds that it is kept; the first counts."""
    # What a function at the edge answers is made anew each time.
    yield r"^\d+\|Function", "0"
    for status in (*KEPT_ALWAYS, *KEPT_UNLESS_REFUSED, *KEPT_WHEN_ASKED):
        least = errors.get(status, ERROR_SECONDS)
        if status not in KEPT_ALWAYS:
            yield f"^{status}{REFUSED}", "0"
        yield from _asked(f"^{status}", least, max(least, policy.maximum))
        if status not in KEPT_WHEN_ASKED:
            yield f"^{status}", str(least)
    yield "^[45]", "0"
    yield f"^{REFUSED}", str(policy.minimum)
    yield from _asked("^", policy.minimum, policy.maximum)
    yield "^", str(max(policy.minimum, policy.default))


def _asked(status: str, least: int, most: int) -> Iterator[Rule]:
    """Yield the rules for answers that say how long they want to be kept, which is granted from `least` to `most`."""
    for directive in ("s-maxage", "max-age"):
        number = rf"{status}.*\|(.*[\s,])?{directive}=0*"
        yield number + _above(most), str(most)
        if least:
            yield number + f"(?<asked>{_above(least - 1)})", "$asked"
        yield number + r"(?<asked>\d+)", str(least) if least else "$asked"


def _above(limit: int) -> str:
    """Return an expression for the whole numbers above `limit`, of which maps know only the digits."""
    digits = str(limit)
    longer = rf"[1-9]\d{{{len(digits)},}}"
    larger = [
        rf"{digits[:place]}[{int(digit) + 1}-9]\d{{{len(digits) - place - 1}}}"
        for place, digit in enumerate(digits)
        if digit != "9"
    ]
    return rf"(?:{'|'.join([longer, *larger])})(?!\d)"


def _behaviour(behaviour: Behaviour, number: int) -> str:
    pattern = "/" + behaviour.pattern.removeprefix("/")
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return BEHAVIOUR.substitute(
        where="/" if behaviour.pattern == DEFAULT else rf'~ "(?s)^{expression}\z"',
        number=number,
        key=_key(behaviour.policy),
        collapses="on" if behaviour.collapses else "off",
    )


def _key(policy: CachePolicy) -> str:
    parts = ["$path", *(f"${coding}" for coding in policy.codings)]
    for named, one, everything in (
        (policy.queries, "arg", "$args"),
        (policy.headers, "http", ""),
        (policy.cookies, "cookie", "$http_cookie"),
    ):
        if named.kind == "all":
            parts.append(everything)
        parts += [f"${one}_{_variable(name)}" for name in named.names]
    return "|".join(parts)


def _variable(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise NotModelled(f"nginx has no variable for {name}.")
    return name.replace("-", "_")
