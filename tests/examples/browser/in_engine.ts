/// <reference lib="dom" />
/**
 * Functions that tests run inside the page in Firefox and WebKit, in addition to
 * `in_page.ts`: their source is sent, so they must not refer to anything outside.
 */

/** Clears the status, so that a later wait can't match the old text. */
export function forgetStatus(): void {
  document.querySelector("#status")!.textContent = "";
}

/** Requests the map of a class. */
export function clickClass(at: number): void {
  document.querySelectorAll<HTMLElement>("#classes button")[at]!.click();
}

/**
 * Selects another size and immediately taps a class of the old answer.
 *
 * @returns The number of remaining classes and maps, which belong to the old size.
 */
export function chooseAndTap(variant: string): number {
  const old = document.querySelector<HTMLElement>("#classes button")!;
  document.querySelector<HTMLElement>(`[value=${variant}]`)!.click();
  const left = document.querySelectorAll("#classes button").length;
  old.click();
  const map = document.querySelector("#map")!;
  return left + (map.checkVisibility() ? 1 : 0);
}

/**
 * Drops a photo and immediately taps a class of the old answer. Returns the same
 * number.
 */
export function dropAndTap(photo: string): number {
  const old = document.querySelector<HTMLElement>("#classes button")!;
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(photo), (it) => it.charCodeAt(0));
  data.items.add(new File([bytes], "dropped.png"));
  const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true });
  document.body.dispatchEvent(drop);
  const left = document.querySelectorAll("#classes button").length;
  old.click();
  const map = document.querySelector("#map")!;
  return left + (map.checkVisibility() ? 1 : 0);
}

/** The number of colours in the visible map; 0 without a map. */
export function countMapColors(): number {
  const map = document.querySelector<HTMLCanvasElement>("#map")!;
  if (!map.checkVisibility()) return 0;
  const { data } = map.getContext("2d")!
    .getImageData(0, 0, map.width, map.height);
  return new Set(new Uint32Array(data.buffer)).size;
}

/** The page's text about working offline. */
export function readOffline(): string {
  return document.querySelector("#offline")!.textContent;
}
