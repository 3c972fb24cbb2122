/** axe-core finds no violations in any state of the page. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import axe from "npm:axe-core@4.14.1";
import {
  ANSWER,
  givePhotos,
  pageTest,
  shown,
  visit,
} from "../../examples/browser/chromium.ts";
import { usePage } from "../../examples/browser/shared_page.ts";
import { faults } from "./axe.ts";

const PHOTOS = new URL("../../../examples/photos/", import.meta.url);
const WINDOWS = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
] as const;

const shared = usePage();

for (const viewport of WINDOWS) {
  pageTest(
    `axe-core finds no fault at ${viewport.width} pixels, light and dark`,
    async () => {
      await using visited = await visit(shared.browser, shared.built.folder, {
        // Checks bars and maps after their animation.
        context: {
          viewport,
          reducedMotion: "reduce",
          permissions: ["camera"],
        },
      });
      const { page } = visited;
      const check = async (state: string) => {
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          const found = await faults(page);
          assert.deepEqual(found, [], `${state}, ${colorScheme}`);
        }
      };
      await shown(page, /^Ready/);
      await page.evaluate(axe.source);
      await check("empty");
      await page.getByText("How it runs", { exact: true }).click();
      await page.getByText("Credits", { exact: true }).click();
      await check("settings");
      await givePhotos(page, fileURLToPath(new URL("drum.jpg", PHOTOS)));
      await shown(page, ANSWER);
      await check("answer");
      await page.locator("#classes button").first().click();
      await shown(page, /^Lit up/);
      await check("map");
      await givePhotos(page, [
        ...["fig.jpg", "alp.jpg"].map((it) =>
          fileURLToPath(new URL(it, PHOTOS))
        ).map((path) => ({
          name: path,
          mimeType: "image/jpeg",
          buffer: Buffer.from(Deno.readFileSync(path)),
        })),
        {
          name: "text.jpg",
          mimeType: "image/jpeg",
          buffer: Buffer.from("x"),
        },
      ]);
      await shown(page, /^3 photos: /);
      await check("several");
      await page.locator("#tiles button").last().click();
      await shown(page, /^This isn't a photo/);
      await check("problem");
      await page.getByRole("button", { name: "Live camera" }).click();
      await shown(page, /^Looking live/);
      await page.evaluate(holdCamera);
      await check("live");
    },
  );
}

/** Runs in the page: no frame follows the one on display, which axe-core looks at. */
function holdCamera(): Promise<void> {
  return new Promise((resolve) =>
    Object.defineProperty(document.querySelector("#video"), "readyState", {
      get() {
        resolve(); // The page wants the next frame.
        return HTMLMediaElement.HAVE_NOTHING;
      },
    })
  );
}
