/** An answer or a map never appears beside another photo or another choice. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { makePng } from "../../image/png/make_png.ts";
import { answerOf } from "./answer.ts";
import {
  ANSWER,
  choose,
  givePhotos,
  pageTest,
  shown,
  visit,
} from "./chromium.ts";
import { usePage } from "./shared_page.ts";

const PHOTO = new URL("../../../examples/photos/drum.jpg", import.meta.url);
const INT8 = { precision: "int8", activationBits: 7 } as const;

/** Side of a photo that takes a while to decode. */
const SIDE = 3000;

const shared = usePage();

/** Classifies a photo and returns the page's content. */
async function answered(page: Page) {
  await givePhotos(page, fileURLToPath(PHOTO));
  return await shown(page, ANSWER);
}

/**
 * Clicks an element, and taps a class of the old answer at once and after each change
 * of the status, until the new answer comes.
 *
 * @returns The statuses, and how many classes were left at most.
 */
async function andTap(page: Page, element: string) {
  return await page.evaluate(async (element) => {
    const old = document.querySelector<HTMLElement>("#classes button")!;
    const status = document.querySelector("#status")!;
    document.querySelector<HTMLElement>(element)!.click();
    const statuses: string[] = [];
    let left = 0;
    await new Promise<void>((resolve) => {
      const tap = () => {
        if (status.textContent.endsWith("%")) return resolve();
        statuses.push(status.textContent);
        left = Math.max(left, document.querySelectorAll("#classes li").length);
        old.click();
      };
      new MutationObserver(tap).observe(status, { childList: true });
      tap();
    });
    return { statuses, left };
  }, element);
}

pageTest(
  "the answer of the last photo goes when another comes, and its classes are dead",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await answered(page);
    const png = makePng({ width: SIDE, height: SIDE, color: 2, depth: 8 });
    const path = await Deno.makeTempFile({ suffix: ".png" });
    await Deno.writeFile(path, png);
    try {
      // In one go, as the new answer may come before another request to the page.
      const { left, status } = await page.evaluate((base64) => {
        const old = document.querySelector<HTMLElement>("#classes button")!;
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.fromBase64(base64)], "large.png"));
        document.body.dispatchEvent(
          new DragEvent("drop", { dataTransfer: data, bubbles: true }),
        );
        const left = document.querySelectorAll("#classes button").length;
        const status = document.querySelector("#status")!.textContent;
        old.click();
        return { left, status };
      }, png.toBase64());
      assert.equal(left, 0);
      assert.equal(status, "Looking at large.png");
      const after = await shown(page, ANSWER);
      const expected = await answerOf(
        shared.built.network,
        new URL(`file://${path}`),
        INT8,
      );
      assert.deepEqual(after.classes, expected);
      assert.equal(
        await page.locator("#preview").evaluate((it) =>
          (it as HTMLImageElement).naturalWidth
        ),
        SIDE,
      );
      assert.ok(!await page.locator("#map").isVisible());
    } finally {
      await Deno.remove(path);
    }
  },
);

pageTest(
  "taps after another size is chosen don't keep its answer away",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    await choose(page, "variant", "full");
    await answered(page);
    const { statuses, left } = await andTap(page, "[value=low79]");
    assert.deepEqual(statuses, ["Loading the model", "Looking at drum.jpg"]);
    assert.equal(left, 0);
    const { classes, facts } = await shown(page, ANSWER);
    assert.match(facts.Input!, /^79 /);
    assert.deepEqual(
      classes,
      await answerOf(shared.built.network, PHOTO, {
        variant: "low79",
        ...INT8,
      }),
    );
  },
);

pageTest("a map goes with its answer, and comes to no other", async () => {
  await using visited = await visit(shared.browser, shared.built.folder);
  const { page } = visited;
  const map = page.locator("#map");
  await choose(page, "variant", "full");
  await answered(page);
  await page.locator("#classes button").nth(1).click();
  await shown(page, /^Lit up/);
  await choose(page, "variant", "low151");
  assert.ok(!await map.isVisible());
  const { classes } = await shown(page, ANSWER);
  assert.deepEqual(
    classes,
    await answerOf(shared.built.network, PHOTO, { variant: "low151", ...INT8 }),
  );
  assert.ok(!await map.isVisible());
  // A tap, and then another choice before the map is ready.
  await page.evaluate(() => {
    document.querySelector<HTMLElement>("#classes button")!.click();
    document.querySelector<HTMLElement>("[value=low79]")!.click();
  });
  await shown(page, ANSWER);
  assert.ok(!await map.isVisible());
  assert.equal(
    await page.locator("#classes button[aria-pressed=true]").count(),
    0,
  );
});

pageTest(
  "a photo that comes after many others is the one that counts",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder);
    const { page } = visited;
    const photos = new URL(".", PHOTO);
    const names = ["fig.jpg", "clock.jpg", "alp.jpg", "drum.jpg"];
    for (const name of names) {
      await givePhotos(page, fileURLToPath(new URL(name, photos)));
    }
    const { classes } = await shown(page, ANSWER);
    assert.deepEqual(
      classes,
      await answerOf(shared.built.network, PHOTO, INT8),
    );
    // The page runs one job after the other, so that a late answer would come before.
    await page.locator("#classes button").first().click();
    assert.deepEqual((await shown(page, /^Lit up/)).classes, classes);
  },
);
