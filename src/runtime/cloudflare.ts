/** Whether this runs in a Cloudflare Worker. */
export function isCloudflareWorker(): boolean {
  return globalThis.navigator?.userAgent === "Cloudflare-Workers";
}
