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

/**
 * Chooses another size and taps a class of before at once.
 *
 * @returns How many classes and maps are left, which belong to the size of before.
 */
export function chooseAndTap(variant: string): number {
  const old = document.querySelector<HTMLElement>("#classes button")!;
  document.querySelector<HTMLElement>(`[value=${variant}]`)!.click();
  const left = document.querySelectorAll("#classes button").length;
  old.click();
  const map = document.querySelector("#map")!;
  return left + (map.checkVisibility() ? 1 : 0);
}

/** Drops a photo and taps a class of before at once. The rest is as above. */
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
