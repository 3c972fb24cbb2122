import assert from "node:assert/strict";
import { indexDocuments } from "../../../tools/site/search.ts";

const document = (title: string, text: string) => ({
  url: `${title}.html`,
  title,
  page: "Page",
  text,
});
const find = indexDocuments([
  document("Calibration", "Ranges of activations."),
  document("Other", "The calibration takes 32 photos."),
  document("Servers", "Photos come by HTTP."),
  { ...document("calibrate", "Calibration by photos."), url: "api/a.html" },
]);
const titles = (query: string) => find(query).pages.map(({ title }) => title);

Deno.test("a heading counts more than text", () => {
  assert.deepEqual(titles("calibration"), ["Calibration", "Other"]);
});

Deno.test("all words must be there, and the last may be unfinished", () => {
  assert.deepEqual(titles("photos calib"), ["Other"]);
  assert.deepEqual(titles("photos nowhere"), []);
});

Deno.test("a long word may have a wrong letter", () => {
  assert.deepEqual(titles("calibratoin"), ["Calibration", "Other"]);
});

Deno.test("symbols of the API are apart", () => {
  assert.deepEqual(find("calibrat").symbols.map(({ title }) => title), [
    "calibrate",
  ]);
});
