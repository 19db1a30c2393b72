// Tells Django the visitor's address: what CloudFront saw, in place of whatever the visitor sent under that name.
function handler(event) {
  const request = event.request;
  request.headers["x-viewer-address"] = { value: event.viewer.ip };
  return request;
}
