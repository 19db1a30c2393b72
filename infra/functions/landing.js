// The default behaviour: what asks for no path of ours. The landing's own files come from S3, and all else is answered
// here, so that it costs neither Lambda nor S3. `scc.edge.template` writes files and page in, from infra/landing.
const FILES = __FILES__;
const PAGE = __PAGE__;

function handler(event) {
  if (FILES.includes(event.request.uri)) {
    return event.request;
  }
  return {
    statusCode: 404,
    statusDescription: "Not Found",
    // The policy of response headers is for answers of an origin; this one has its own.
    headers: {
      "content-type": { value: "text/html; charset=utf-8" },
      "cache-control": { value: "no-store" },
      "content-security-policy": { value: __CSP__ },
      "referrer-policy": { value: "same-origin" },
      "strict-transport-security": { value: "max-age=31536000" },
      "x-content-type-options": { value: "nosniff" },
      "x-frame-options": { value: "DENY" },
    },
    body: { encoding: "text", data: PAGE },
  };
}
