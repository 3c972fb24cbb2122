/** The page's looks, touch targets and accessible names, on a desktop and on a phone. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page } from "playwright-core";
import { ANSWER, givePhotos, pageTest, shown, visit } from "./chromium.ts";
import { usePage } from "./shared_page.ts";
import { animationOf, boxes, contrasts } from "./in_page.ts";

const PHOTO = fileURLToPath(
  new URL("../../../examples/photos/drum.jpg", import.meta.url),
);

const PHONE = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
} satisfies BrowserContextOptions;

const shared = usePage();

async function answered(page: Page) {
  await givePhotos(page, PHOTO);
  return await shown(page, ANSWER);
}

for (
  const [name, viewport] of [
    ["a phone", PHONE.viewport],
    ["a small phone", { width: 320, height: 568 }],
    ["a phone on its side", { width: 667, height: 375 }],
    ["a desktop", { width: 1280, height: 800 }],
  ] as const
) {
  pageTest(
    `after a tap on the last class the map is in sight on ${name}`,
    async () => {
      const context = { ...PHONE, viewport };
      await using visited = await visit(shared.browser, shared.built.folder, {
        context,
      });
      const { page } = visited;
      await answered(page);
      const last = page.locator("#classes button").last();
      await last.tap();
      await shown(page, /^Lit up/);
      const [map] = await page.evaluate(boxes, "#map");
      const { height } = viewport;
      const seen = Math.min(map!.bottom, height) - Math.max(map!.top, 0);
      assert.ok(seen > 0.8 * Math.min(map!.height, height), `${seen} px are`);
      const size = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        innerWidth,
      ]);
      assert.ok(size[0]! <= size[1]!, `it is ${size} wide`);
    },
  );
}

pageTest("on a phone it is seen at once that a photo is damaged", async () => {
  await using visited = await visit(shared.browser, shared.built.folder, {
    context: PHONE,
  });
  const { page } = visited;
  const buffer = Buffer.from(await Deno.readFile(PHOTO)).subarray(0, 10_000);
  await givePhotos(page, { name: "cut.jpg", mimeType: "image/jpeg", buffer });
  await shown(page, /^This photo is damaged/);
  const [problem] = await page.evaluate(boxes, "#problem");
  const [choose] = await page.evaluate(boxes, ".button");
  assert.ok(problem!.bottom < PHONE.viewport.height / 2);
  assert.ok(choose!.top - problem!.bottom >= 8, "they have room between them");
});

pageTest("all that is tapped is large enough for a thumb", async () => {
  await using visited = await visit(shared.browser, shared.built.folder, {
    context: PHONE,
  });
  const { page } = visited;
  await shown(page, /^Ready/);
  const check = async () => {
    const targets = await page.evaluate(
      boxes,
      "button, .button, summary, label:has([type=radio])",
    );
    for (const { text, width, height } of targets) {
      assert.ok(height >= 44 && width >= 44, `${text}: ${width}x${height}`);
    }
    return targets.length;
  };
  assert.ok(await check() > 8);
  await answered(page);
  await page.getByText("How it runs", { exact: true }).click();
  assert.ok(await check() > 12);
});

pageTest("a class and its percentage stand on one line", async () => {
  await using visited = await visit(shared.browser, shared.built.folder);
  const { page } = visited;
  await answered(page);
  const rows = await page.locator(".row").evaluateAll((rows) =>
    rows.map((row) =>
      ["span", "data"].map((it) => {
        // Its bottom edge is on the baseline.
        const mark = document.createElement("img");
        row.querySelector(it)!.append(mark);
        const { bottom } = mark.getBoundingClientRect();
        mark.remove();
        return bottom;
      })
    )
  );
  assert.equal(rows.length, 5);
  for (const [name, value] of rows) assert.equal(name, value);
});

pageTest(
  "a screen reader is told what is there, and what happens",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await answered(page);
    await page.getByText("How it runs", { exact: true }).click();
    const tree = await page.locator("body").ariaSnapshot();
    for (
      const part of [
        '- heading "Totem" [level=1]',
        '- region "Photo":',
        '- img "The photo"',
        '- button "Other photos"',
        '- region "Answer":',
        "- status: ",
        '- list "The likeliest classes":',
        '- group "Runs on":',
        '- radio "WebAssembly quick, the usual" [checked]',
        '- group "Size":',
        '- radio "As the model was made" [checked]',
      ]
    ) {
      assert.ok(tree.includes(part), `${part} isn't in\n${tree}`);
    }
  },
);

pageTest(
  "texts have the contrast that WCAG asks for, light and dark",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await answered(page);
    await page.getByText("How it runs", { exact: true }).click();
    const grounds = new Set();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const texts = await page.evaluate(contrasts);
      assert.ok(texts.length > 20);
      for (const { text, ratio, ground } of texts) {
        assert.ok(ratio >= 4.5, `${colorScheme}: "${text}" has ${ratio}`);
        grounds.add(ground);
      }
    }
    assert.ok(grounds.size >= 4, "dark isn't another than light");
  },
);

pageTest(
  "in forced colours buttons have edges, and what is pressed another",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder, {
      context: { forcedColors: "active" },
    });
    const { page } = visited;
    await answered(page);
    const edge = (selector: string) =>
      page.locator(selector).first().evaluate((it) => {
        const { borderTopWidth, borderTopStyle, outlineStyle } =
          getComputedStyle(
            it,
          );
        return { borderTopWidth, borderTopStyle, outlineStyle };
      });
    for (const it of [".button.primary", "#watch", ".row"]) {
      const { borderTopWidth, borderTopStyle } = await edge(it);
      assert.deepEqual([borderTopWidth, borderTopStyle], ["1px", "solid"], it);
    }
    await page.locator(".row").first().click();
    await shown(page, /^Lit up/);
    await page.locator("h2").click(); // Removes the focus.
    assert.equal((await edge(".row")).outlineStyle, "solid");
  },
);

pageTest("nothing moves where a person asks for less motion", async () => {
  await using visited = await visit(shared.browser, shared.built.folder);
  const { page } = visited;
  await answered(page);
  const bar = page.locator(".bar").first();
  for (
    const [reducedMotion, animation] of [
      ["no-preference", "grow"],
      ["reduce", "none"],
    ] as const
  ) {
    await page.emulateMedia({ reducedMotion });
    assert.equal(await bar.evaluate(animationOf), animation);
  }
});

pageTest("nothing on the page moves while it loads", async () => {
  await using visited = await visit(shared.browser, shared.built.folder, {
    context: PHONE,
    prepare: (page) => page.addInitScript(observeShifts),
  });
  const { page } = visited;
  await page.getByText("Works offline.").waitFor();
  const moved = await page.evaluate(() =>
    (globalThis as unknown as Shifts).shifted()
  );
  assert.ok(moved < 0.01, `${moved}`);
});

pageTest("the page can be installed", async () => {
  await using visited = await visit(shared.browser, shared.built.folder);
  const { page } = visited;
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>("[rel=manifest]")!;
    const { icons, ...rest } = await (await fetch(link.href)).json();
    const sizes = [];
    for (const { src, sizes: promised, type } of icons) {
      const bitmap = new Image();
      bitmap.src = new URL(src, link.href).href;
      await bitmap.decode();
      const { naturalWidth, naturalHeight } = bitmap;
      sizes.push([`${naturalWidth}x${naturalHeight}`, promised, type]);
    }
    return { ...rest, sizes };
  });
  assert.equal(manifest.display, "standalone");
  assert.equal(manifest.start_url, "./");
  for (const [size, promised, type] of manifest.sizes) {
    if (type === "image/png") assert.equal(size, promised);
  }
  assert.ok(
    manifest.sizes.some(([size]: string[]) => size === "512x512"),
  );
});

interface Shifts {
  /** How far elements have moved, after the last change is painted. */
  shifted(): Promise<number>;
}

/** Runs in the page, before it loads. */
function observeShifts() {
  let sum = 0;
  const add = (shifts: readonly PerformanceEntry[]) => {
    for (const it of shifts) {
      sum += (it as PerformanceEntry & { value: number }).value;
    }
  };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ type: "layout-shift" });
  const shifts: Shifts = {
    async shifted() {
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
      add(observer.takeRecords());
      return sum;
    },
  };
  Object.assign(globalThis, shifts);
}
