import assert from "node:assert/strict";
import { AbortedError } from "../../../src/errors.ts";
import { decodeJpegRows } from "../../../src/image/jpeg/decode_rows.ts";
import { parseJpeg } from "../../../src/image/jpeg/parse.ts";
import {
  type Denominator,
  planDecoding,
} from "../../../src/image/jpeg/plan.ts";
import type { Region } from "../../../src/image/rows.ts";
import { startTimeSlice, type TimeSlice } from "../../../src/async/yield.ts";
import { decodeImage, type Pixels } from "../../../src/image/mod.ts";
import { maxDifference } from "../fixtures.ts";
import {
  assertSamePixels,
  decodeJpegFixture,
  FIXTURES,
  jpegFixture,
  photo,
} from "./fixtures.ts";
import { FACTORS, frame, huffman, jpeg, scan } from "./hand_made.ts";

const ENDLESS: TimeSlice = {
  isOver: () => false,
  yield: () => Promise.resolve(),
};

async function decode(
  bytes: Uint8Array,
  { denominator = 1, region, timeSlice = ENDLESS, mayEnd = false }: {
    readonly denominator?: Denominator;
    readonly region?: Region;
    readonly timeSlice?: TimeSlice;
    readonly mayEnd?: boolean;
  } = {},
): Promise<Pixels> {
  const plan = planDecoding(parseJpeg(bytes, mayEnd), denominator, region);
  const { left, top, right, bottom } = plan.region;
  const width = right - left;
  const data = new Uint8Array(width * (bottom - top) * 4);
  let next = top;
  const file = { bytes, mayEnd, denominator, region, claimMemory() {} };
  await decodeJpegRows(file, timeSlice, (rows, first) => {
    assert.equal(first, next);
    data.set(rows, (first - top) * width * 4);
    next += rows.length / (width * 4);
  });
  assert.equal(next, bottom);
  return { data, width, height: bottom - top };
}

const REGIONS: readonly Region[] = [
  { left: 0, top: 0, right: 1, bottom: 1 },
  { left: 16, top: 16, right: 32, bottom: 32 },
  { left: 15, top: 17, right: 33, bottom: 18 },
  { left: 51, top: 42, right: 53, bottom: 43 },
  { left: 3, top: 31, right: 50, bottom: 43 },
];

for (const name of FIXTURES.filter((it) => !/^\d/.test(it))) {
  Deno.test(`decodeJpegRows() gives the same pixels of a region alone: ${name}`, async () => {
    const whole = await decodeJpegFixture(name);
    for (const region of REGIONS) {
      assertSamePixels(
        await decode(jpegFixture(name), { region }),
        cropped(whole, region),
      );
    }
  });
}

for (const denominator of [2, 4, 8] as const) {
  Deno.test(`decodeJpegRows() gives about the mean of ${denominator} x ${denominator} pixels at 1/${denominator}`, async () => {
    for (const name of ["444", "420", "422", "440", "411"]) {
      const bytes = jpegFixture(`baseline_${name}`);
      const scaled = await decode(bytes, { denominator });
      const means = averaged(await decodeImage(bytes), denominator);
      let sum = 0;
      scaled.data.forEach((it, i) => sum += Math.abs(it - means[i]!));
      const mean = sum / means.length;
      assert.ok(mean < 4, `${name}: ${mean} levels`);
    }
  });

  Deno.test(`decodeJpegRows() gives the same pixels of all processes at 1/${denominator}`, async () => {
    for (const name of ["444", "420", "422", "410", "mixed"]) {
      assertSamePixels(
        await decode(jpegFixture(`progressive_${name}`), { denominator }),
        await decode(jpegFixture(`baseline_${name}`), { denominator }),
      );
    }
    assertSamePixels(
      await decode(jpegFixture("separate_scans"), { denominator }),
      await decode(jpegFixture("baseline_420"), { denominator }),
    );
  });
}

Deno.test("decodeJpegRows() at a scale keeps a plain image plain", async () => {
  const bytes = jpeg(
    FACTORS,
    frame({ width: 20, height: 20 }),
    huffman("dc", 0),
    huffman("ac", 0),
    scan([0]),
  );
  for (const denominator of [1, 2, 4, 8] as const) {
    const { data } = await decode(bytes, { denominator });
    assert.ok(data.every((it, i) => it === (i % 4 === 3 ? 255 : 128)));
  }
});

Deno.test("decodeJpegRows() decodes as much as a truncated file has", async () => {
  for (const name of ["baseline_444", "restart"]) {
    const bytes = jpegFixture(name);
    const whole = await decode(bytes);
    const half = await decode(bytes.subarray(0, bytes.length * 0.7), {
      mayEnd: true,
    });
    const top = { left: 0, top: 0, right: 53, bottom: 8 };
    assertSamePixels(cropped(half, top), cropped(whole, top));
    assert.deepEqual([...half.data.subarray(-4)], [128, 128, 128, 255]);
  }
  // The first scans of a progressive one cover the whole image.
  const bytes = jpegFixture("progressive_444");
  const whole = await decode(bytes);
  const half = await decode(bytes.subarray(0, bytes.length * 0.7), {
    mayEnd: true,
  });
  assert.ok(maxDifference(half, whole) < 90);
});

Deno.test("decodeJpegRows() goes on at the next restart marker after damage", async () => {
  const bytes = jpegFixture("restart");
  const whole = await decode(bytes);
  const marker = bytes.findIndex((it, i) =>
    it === 0xff && bytes[i + 1] === 0xd1
  );
  bytes.fill(0, marker - 20, marker); // In the second interval of 3 MCUs.
  const damaged = await decode(bytes);
  const below = { left: 0, top: 33, right: 53, bottom: 43 };
  assertSamePixels(cropped(damaged, below), cropped(whole, below));
});

Deno.test("decodeJpegRows() leaves out what a lost restart marker was to begin", async () => {
  const bytes = jpegFixture("restart");
  const whole = await decode(bytes);
  const at = (code: number) =>
    bytes.findIndex((it, i) => it === 0xff && bytes[i + 1] === code);
  const [first, second] = [at(0xd0), at(0xd1)];
  const lost = Uint8Array.from([
    ...bytes.subarray(0, first),
    ...bytes.subarray(second),
  ]);
  const damaged = await decode(lost);
  const below = { left: 0, top: 33, right: 53, bottom: 43 };
  assertSamePixels(cropped(damaged, below), cropped(whole, below));
});

Deno.test("decodeJpegRows() reads a file of many windows", async () => {
  const bytes = photo("stream");
  assert.ok(bytes.length > 1.9 * 65536);
  // Garbage between MCUs and a restart marker, longer than a window, is skipped.
  const restart = jpegFixture("restart");
  const marker = restart.findIndex((it, i) =>
    it === 0xff && restart[i + 1] === 0xd0
  );
  const garbage = Uint8Array.from([
    ...restart.subarray(0, marker),
    ...new Array(200_000).fill(0),
    ...restart.subarray(marker),
  ]);
  assertSamePixels(await decode(garbage), await decode(restart));
});

Deno.test("decodeJpegRows() decodes several images at the same time", async () => {
  const names = ["baseline_420", "progressive_420", "grey", "restart"];
  const timeSlice: TimeSlice = {
    isOver: () => true,
    yield: () => new Promise((resolve) => setTimeout(resolve, 0)),
  };
  const together = await Promise.all(
    names.map((it) => decode(jpegFixture(it), { timeSlice })),
  );
  for (const [i, name] of names.entries()) {
    assertSamePixels(together[i]!, await decodeJpegFixture(name));
  }
});

Deno.test("decodeJpegRows() gives up during an image when its signal fires", async () => {
  for (const name of ["baseline_420", "progressive_420"]) {
    const controller = new AbortController();
    let yields = 0;
    const heedsSignal = startTimeSlice(controller.signal);
    const timeSlice: TimeSlice = {
      isOver: () => true,
      yield() {
        if (++yields === 2) controller.abort();
        return heedsSignal.yield();
      },
    };
    await assert.rejects(
      decode(jpegFixture(name), { timeSlice }),
      AbortedError,
    );
    assert.equal(yields, 2);
    // The previous image leaves no trace.
    assertSamePixels(
      await decode(jpegFixture(name)),
      await decodeJpegFixture(name),
    );
  }
});

function cropped(
  { data, width }: Pixels,
  { left, top, right, bottom }: Region,
): Pixels {
  const rows = [];
  for (let y = top; y < bottom; y++) {
    rows.push(
      ...data.subarray((y * width + left) * 4, (y * width + right) * 4),
    );
  }
  return {
    data: Uint8Array.from(rows),
    width: right - left,
    height: bottom - top,
  };
}

/** The mean of each square; at the edges, of the pixels that exist. */
function averaged({ data, width, height }: Pixels, side: number): number[] {
  const means = [];
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      for (let channel = 0; channel < 4; channel++) {
        let sum = 0, count = 0;
        for (let y = top; y < Math.min(top + side, height); y++) {
          for (let x = left; x < Math.min(left + side, width); x++, count++) {
            sum += data[(y * width + x) * 4 + channel]!;
          }
        }
        means.push(sum / count);
      }
    }
  }
  return means;
}
