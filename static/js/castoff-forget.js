// On the pages of signing in and out: what the cast-off page kept on this device goes.

if (window.caches) {
  for (const name of await caches.keys()) {
    if (name.startsWith("castoff-")) await caches.delete(name);
  }
}
