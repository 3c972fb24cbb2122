/// <reference lib="dom" />
/**
 * What tests run inside the page in Firefox and WebKit: the source of each function is
 * sent, so that it uses nothing outside of itself.
 */

/** What the page shows. */
export interface EngineShown {
  readonly status: string;
  readonly problem: string;
  /** What it says of working offline. */
  readonly offline: string;
  readonly classes: readonly {
    readonly label: string;
    readonly probability: number;
  }[];
  readonly backend: string;
  readonly pressed: number;
}

export function readShown(): EngineShown {
  const textOf = (selector: string) =>
    document.querySelector(selector)!.textContent.trim();
  const items = Array.from(
    document.querySelectorAll<HTMLElement>("#classes li"),
  );
  const term = Array.from(document.querySelectorAll("#facts dt"))
    .find((it) => it.textContent === "Backend");
  return {
    status: textOf("#status"),
    problem: textOf("#problem"),
    offline: textOf("#offline"),
    classes: items.map((it) => ({
      label: it.dataset.label ?? it.querySelector("span")!.textContent,
      probability: Number(it.querySelector("data")!.value),
    })),
    backend: term?.nextElementSibling?.textContent ?? "",
    pressed: items.findIndex((it) =>
      it.querySelector("button")?.ariaPressed === "true"
    ),
  };
}

/** Empties the status, so that what is waited for next isn't what was there. */
export function forgetStatus(): void {
  document.querySelector("#status")!.textContent = "";
}

/** Asks where in the photo a class is seen. */
export function clickClass(at: number): void {
  document.querySelectorAll<HTMLElement>("#classes button")[at]!.click();
}
