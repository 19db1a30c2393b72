"""What goes into the two packages: that of the function that answers visitors, and that of the one for commands.

`web` has what pages need. `ops` has all of that, and what commands alone need: the dependency group `ops`, with which
waivers are printed and progress is shown, the commands, and the fonts.
"""

from __future__ import annotations

import re

WEB, OPS = "web", "ops"
MEMBERS = (WEB, OPS)
# Beside a release. Zappa carries the first.
FILES = {WEB: "package.zip", OPS: "ops.zip"}

# The services that a function calls, with the name of each in an endpoint. The rest of AWS is 25 MB of descriptions.
SERVICES = {"dynamodb": "dynamodb", "kms": "kms", "s3": "s3", "sesv2": "email"}
_SERVICES = "|".join(SERVICES)

# The languages of our pages.
_LANGUAGES = "en|es"


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


# Of the dependencies, what no function reads. Metadata stays: packages ask for versions, and so do scanners of AWS's.
_UNREAD = _any_of(
    r"(bin/|\.).*",
    r"[^/]+\.(md|rst|txt)",
    r".*\.(c|h|po|pxd|pyi|pyx)",
    r".*/py\.typed",
    r"(.*/)?(examples|tests?)/.*",
    r".*\.dist-info/(?!METADATA$).*",
    # Rich colours source with it; our commands print progress.
    r"pygments(-[^/]*)?/.*",
    # Mail goes out by SES; nothing comes in.
    r"anymail/((inbound|urls)\.py|webhooks/.*|backends/(?!(__init__|amazon_ses|base)\.py$).*)",
    rf"(boto3|botocore)/data/(?!({_SERVICES})/)[^/]+/.*",
    r"botocore/data/.*/(completions|examples)-1\..*",
    # Where certifi is, as it is here, botocore takes its certificates.
    r"botocore/cacert\.pem",
    # cryptography calls the compiled part of cffi, which stands beside these. They are for those who write bindings.
    r"(cffi|pycparser)/.*",
    # The same in Python is there, and what we ask of Stripe is answered in UTF-8.
    r"(charset_normalizer/(cli/.*|[^/]+\.so)|[^/]+__mypyc\.[^/]+\.so)",
    # There is no certificate, and no key of two halves, that we read.
    r"cryptography/(x509|hazmat/(asn1|primitives/serialization))/.*",
    # Time zones are tzdata's, and asked for by name; AWS says no date that comes again.
    r"dateutil/(rrule\.py|zoneinfo/[^/]+\.tar\.gz)",
    r"tzdata/zoneinfo/(tzdata\.zi|iso3166\.tab|zone\w*\.tab|leapseconds)",
    r"django/conf/(app|project)_template/.*",
    r"django/contrib/(admindocs|flatpages|gis|humanize|postgres|redirects)/.*",
    # Who asks for it compares versions.
    r"packaging/(?!(__init__|_structures|version)\.py$).*",
    # Files are in S3.
    r"storages/backends/(?!(__init__|s3)\.py$).*",
    # TLS is Python's own.
    r"urllib3/contrib/(emscripten/.*|pyopenssl\.py)",
    # Static files are in S3, and only their names are here.
    r"django/contrib/[^/]+/static/.*",
    r"django/db/backends/(mysql|oracle|postgresql|sqlite3)/.*",
    # Of Stripe's things those at the top, and what its client imports by itself: payments, links, refunds. The types of
    # parameters alone are a third of it.
    r"stripe/(?!data/|v2/(__init__|_\w+|core/(__init__|_event))\.py$)[^/]+/.*",
    r"stripe/_(?!oauth_|payment_|refund_|stripe_)\w+_service\.py",
    # For hosts that are not written in ASCII, and for transfers by another library or in other processes.
    r"idna/uts46data\.py|s3transfer/(crt|processpool)\.py",
    rf"(.*/)?locale/(?!({_LANGUAGES})/)[^/]+/.*",
)

# Of our own packages, what is for the machines of those who work on them.
_NO_FUNCTION = _any_of(
    r"(bench|tests)/.*",
    r"scc/(demo|emulator)/.*",
    r"scc/management/commands/(demo|dev)\.py",
    # A deployment is not deployed from within.
    r"scc/edge/(?!(__init__|apps|checks|errors|routes|statics)\.py$).*",
    r"(.*/)?(\.|__pycache__/).*",
    r".*\.po",
)
# And what commands alone import, of anyone's: it is in the package of those.
_NO_PAGE = _any_of(
    r"(.*/)?management/commands/.*",
    r"waivers/(pdfs|fonts)/.*",
    r"scc/(copies|legacy)/.*",
    r"scc/(bars|verifying|walks)\.py",
    r"scc/dynamo/(items|migrating|migration_runs|migrations|paces|pynamodb_patient|raw|scans)\.py",
    r"scc/imports/(carrying|commands|endings)\.py",
    r"events/reminders\.py",
    r"payments/(aims|companions|reckoning|recomputing|verifying|walking)\.py",
    r"waivers/(due|kept|line_checks|rebuilding|text_checks|verifying|walking)\.py",
    # There is no SQL. Commands ask all the same.
    r"django/contrib/[^/]+/migrations/.*",
    r"django/db/migrations/(autodetector|executor|graph|loader|optimizer|questioner|recorder|serializer|writer)\.pyc",
)


def is_read(name: str) -> bool:
    """Return whether a function may ever read this file of a dependency, named relative to site-packages."""
    return not _UNREAD.fullmatch(name)


def is_ours(name: str) -> bool:
    """Return whether a function may ever read this file of our own, named as in the repository."""
    return not _NO_FUNCTION.fullmatch(name)


def is_for(name: str, member: str) -> bool:
    """Return whether a file that functions read, of anyone's, belongs into the package of this one."""
    return member == OPS or not _NO_PAGE.fullmatch(name)
