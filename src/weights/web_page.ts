/** How a web page begins, as Latin-1 text: what servers send where a file isn't. */
export const WEB_PAGE = /^(\xef\xbb\xbf)?\s*<(!|html|\?xml)/i;

/** Whether a file's first bytes, 8 or more, are those of a web page. */
export function isWebPage(start: Uint8Array): boolean {
  return WEB_PAGE.test(String.fromCharCode(...start.subarray(0, 64)));
}
