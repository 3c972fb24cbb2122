import { decodeImage } from "../../../src/image/mod.ts";
import {
  assertSamePixels,
  decodeByMozjpeg,
  FIXTURES,
  jpegFixture,
  photo,
  PHOTO_NAMES,
} from "./fixtures.ts";

for (const name of FIXTURES) {
  Deno.test(`decodeImage() gives mozjpeg's pixels of ${name}`, async () => {
    const bytes = jpegFixture(name);
    assertSamePixels(await decodeImage(bytes), await decodeByMozjpeg(bytes));
  });
}

for (const name of PHOTO_NAMES) {
  Deno.test(`decodeImage() gives mozjpeg's pixels of the photo ${name}`, async () => {
    const bytes = photo(name);
    assertSamePixels(await decodeImage(bytes), await decodeByMozjpeg(bytes));
  });
}
