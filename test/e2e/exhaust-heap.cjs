// Loaded into the service by NODE_OPTIONS: a response with the status 508 exhausts the heap, and V8 aborts the process.
require('node:diagnostics_channel').subscribe('undici:request:headers', ({ response }) => {
  if (response.statusCode !== 508) return;
  const kept = [];
  for (;;) kept.push(new Array(1_000_000).fill(kept.length + 0.5));
});
