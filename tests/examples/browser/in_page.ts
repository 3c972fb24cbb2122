/// <reference lib="dom" />
/**
 * Functions that tests run inside the page: Playwright sends their source, so they must
 * not refer to anything outside.
 */

/** The content of the page. */
export interface Shown {
  readonly status: string;
  /** The text of a problem, without the details for experts. */
  readonly problem: string;
  /** The classes as the package returns them, without their index. */
  readonly classes: readonly {
    readonly label: string;
    readonly probability: number;
  }[];
  /** The facts about the answer and the machine, by name. */
  readonly facts: Readonly<Record<string, string>>;
  /** Whether no photo is being decoded for display, which changes the layout. */
  readonly isSettled: boolean;
}

/** Reads the current content of the page. */
export function readShown(): Shown {
  const all = <T extends HTMLElement>(selector: string) =>
    Array.from(document.querySelectorAll<T>(selector));
  return {
    status: document.querySelector("#status")?.textContent ?? "",
    problem: document.querySelector("#problem p")?.textContent ?? "",
    classes: all("#classes li").map((item) => ({
      label: item.dataset.label!,
      probability: Number(item.querySelector("data")!.value),
    })),
    facts: Object.fromEntries(
      all("#facts div").map((it) => [
        it.querySelector("dt")!.textContent,
        it.querySelector("dd")!.textContent,
      ]),
    ),
    isSettled: !document.querySelector("#frame:not([hidden], .settled)"),
  };
}

/** Records the page's statuses from now on. */
export function recordStatuses(): void {
  const statuses: string[] = [];
  Object.assign(globalThis, { statuses });
  const status = document.querySelector("#status")!;
  new MutationObserver(() => statuses.push(status.textContent))
    .observe(status, { childList: true });
}

/** The recorded statuses in order. */
export function recordedStatuses(): readonly string[] {
  return (globalThis as unknown as { statuses: string[] }).statuses;
}

/** Pastes or drops photos; text if there are none. */
export function give(
  { kind, photos }: {
    readonly kind: "paste" | "drop";
    /** Files in base64. */
    readonly photos: readonly string[];
  },
): void {
  const data = new DataTransfer();
  for (const [i, bytes] of photos.entries()) {
    data.items.add(new File([Uint8Array.fromBase64(bytes)], `photo ${i}.jpg`));
  }
  if (photos.length === 0) data.setData("text/plain", "words");
  document.body.dispatchEvent(
    kind === "paste"
      ? new ClipboardEvent(kind, { clipboardData: data, bubbles: true })
      : new DragEvent(kind, { dataTransfer: data, bubbles: true }),
  );
}

/** The animation of an element's `::after`. */
export function animationOf(element: Element): string {
  return getComputedStyle(element, "::after").animationName;
}

/** The contrast of each text to its background, as WCAG 2 defines it. */
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

/** The bounding boxes of visible elements in the window. */
export function boxes(selector: string) {
  return Array.from(document.querySelectorAll(selector))
    .filter((it) => it.checkVisibility())
    .map((it) => {
      const { top, bottom, width, height } = it.getBoundingClientRect();
      return { text: it.textContent.trim(), top, bottom, width, height };
    });
}
