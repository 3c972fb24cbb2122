/// <reference lib="dom" />
/**
 * What tests run inside the page in Firefox and WebKit, beside `in_page.ts`: the source
 * of each function is sent, so that it uses nothing outside of itself.
 */

/** Empties the status, so that what is waited for next isn't what was there. */
export function forgetStatus(): void {
  document.querySelector("#status")!.textContent = "";
}

/** Asks where in the photo a class is seen. */
export function clickClass(at: number): void {
  document.querySelectorAll<HTMLElement>("#classes button")[at]!.click();
}

/** The number of colours of the map that is shown, 0 if none is. */
export function countMapColors(): number {
  const map = document.querySelector<HTMLCanvasElement>("#map")!;
  if (!map.checkVisibility()) return 0;
  const { data } = map.getContext("2d")!
    .getImageData(0, 0, map.width, map.height);
  return new Set(new Uint32Array(data.buffer)).size;
}

/** What the page says of working offline. */
export function readOffline(): string {
  return document.querySelector("#offline")!.textContent;
}
