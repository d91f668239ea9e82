import { createMiddleware } from "hono/factory";

/** Nothing from elsewhere, nothing inline, no frame round us. */
const policy = [
  "default-src 'self'",
  "base-uri 'none'",
  "object-src 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers that keep a browser from helping an attacker; answers of the API are never stored. */
export const secured = createMiddleware(async (c, next) => {
  await next();
  c.header("content-security-policy", policy);
  c.header("x-content-type-options", "nosniff");
  c.header("referrer-policy", "no-referrer");
  c.header("cross-origin-opener-policy", "same-origin");
  c.header("cross-origin-resource-policy", "same-origin");
  if (c.req.path.startsWith("/api/")) c.header("cache-control", "no-store");
});
