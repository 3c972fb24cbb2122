/// <reference lib="dom" />
/**
 * What tests run inside the page: playwright sends the text of these functions, so
 * that each knows nothing that stands outside of it.
 */

/** Pastes or drops a photo. */
export function give(
  { kind, bytes }: { readonly kind: "paste" | "drop"; readonly bytes: string },
): void {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.fromBase64(bytes)], "photo.jpg"));
  document.body.dispatchEvent(
    kind === "paste"
      ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true })
      : new DragEvent(kind, { dataTransfer: data, bubbles: true }),
  );
}

/** The animation of an element's second part. */
export function animationOf(element: Element): string {
  return getComputedStyle(element, "::after").animationName;
}

/** The contrast of each text to its ground, as WCAG 2 computes it. */
export function contrasts(): { text: string; ratio: number; ground: string }[] {
  const luminance = (color: string) => {
    const [r, g, b] = color.match(/[\d.]+/g)!.map((it) => {
      const part = Number(it) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const groundOf = (element: Element | null): string => {
    if (element === null) return "rgb(255, 255, 255)";
    const { backgroundColor } = getComputedStyle(element);
    return backgroundColor === "rgba(0, 0, 0, 0)"
      ? groundOf(element.parentElement)
      : backgroundColor;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const ratios = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent!.trim();
    const element = walker.currentNode.parentElement!;
    if (!text || !element.checkVisibility()) continue;
    const ground = groundOf(element);
    const [dark, light] = [getComputedStyle(element).color, ground]
      .map(luminance).sort((a, b) => a - b);
    ratios.push({ text, ground, ratio: (light! + 0.05) / (dark! + 0.05) });
  }
  return ratios;
}
