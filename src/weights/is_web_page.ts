/** The start of a web page as Latin-1 text: some servers send one in place of a file. */
export const WEB_PAGE = /^(\xef\xbb\xbf)?\s*<(!|html|\?xml)/i;

/** Whether a file's first bytes, 8 or more, are those of a web page. */
export function isWebPage(start: Uint8Array): boolean {
  return WEB_PAGE.test(String.fromCharCode(...start.subarray(0, 64)));
}
