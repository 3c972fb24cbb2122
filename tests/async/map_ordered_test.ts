import assert from "node:assert/strict";
import { mapOrdered } from "../../src/async/map_ordered.ts";

Deno.test("mapOrdered() gives results in the order of the items, however long each takes", async () => {
  const delays = [30, 0, 10, 0, 20, 0, 0];
  for (const concurrency of [1, 2, 3, 100]) {
    for (const items of [delays, generate(delays)]) {
      const results = await Array.fromAsync(
        mapOrdered(items, async (delay, _, index) => {
          await sleep(delay);
          return [index, delay];
        }, { concurrency }),
      );
      assert.deepEqual(results, [...delays.entries()]);
    }
  }
});

Deno.test("mapOrdered() works on concurrency items at a time and reads no further ahead", async () => {
  for (const concurrency of [1, 3]) {
    let read = 0, given = 0, running = 0, most = 0, mostAhead = 0;
    const items = function* () {
      for (let i = 0; i < 20; i++) {
        mostAhead = Math.max(mostAhead, ++read - given);
        yield i;
      }
    };
    const work = async (item: number) => {
      most = Math.max(most, ++running);
      await sleep(item % 3);
      running--;
    };
    for await (const _ of mapOrdered(items(), work, { concurrency })) {
      given++;
      await sleep(given % 5); // A slow reader.
    }
    assert.equal(most, concurrency);
    // The item just yielded no longer counts.
    assert.equal(mostAhead, concurrency);
  }
});

Deno.test("mapOrdered() gives a result though the source has yet to give the next item", async () => {
  let give = () => {};
  async function* conversation() {
    for (let i = 0; i < 5; i++) {
      yield i;
      await new Promise<void>((resolve) => give = resolve);
    }
  }
  const results = [];
  // Each item is yielded only after the one before was consumed.
  const work = (it: number) => it * 2;
  for await (const it of mapOrdered(conversation(), work, { concurrency: 3 })) {
    results.push(it);
    give();
  }
  assert.deepEqual(results, [0, 2, 4, 6, 8]);
});

Deno.test("mapOrdered() of nothing gives nothing", async () => {
  const work = () => assert.fail();
  for (const items of [[], generate([])]) {
    assert.deepEqual(
      await Array.fromAsync(mapOrdered(items, work, { concurrency: 2 })),
      [],
    );
  }
});

Deno.test("an error of mapOrdered()'s work comes in its turn, and ends the iteration", async () => {
  const source = tellingSource(10);
  let running = 0;
  const results: number[] = [];
  const work = async (item: number, signal: AbortSignal) => {
    running++;
    await sleep(item === 2 ? 0 : 20, signal);
    running--;
    if (item === 2) throw new Error("2 is broken");
    return item;
  };
  await assert.rejects(async () => {
    for await (const it of mapOrdered(source, work, { concurrency: 4 })) {
      results.push(it);
    }
  }, { message: "2 is broken" });
  assert.deepEqual(results, [0, 1]);
  assert.equal(running, 0);
  assert.ok(source.returned);
});

Deno.test("an error of mapOrdered()'s source comes after the results of the items before", async () => {
  async function* source() {
    yield 1;
    yield 2;
    await sleep(0);
    throw new Error("the disk is gone");
  }
  const results: number[] = [];
  await assert.rejects(async () => {
    const work = async (it: number) => (await sleep(10), it);
    for await (const it of mapOrdered(source(), work, { concurrency: 5 })) {
      results.push(it);
    }
  }, { message: "the disk is gone" });
  assert.deepEqual(results, [1, 2]);
});

Deno.test("work that throws at once fails as any other", async () => {
  const work = () => {
    throw new Error("at once");
  };
  const results = mapOrdered([1], work, { concurrency: 1 });
  await assert.rejects(results.next(), { message: "at once" });
});

Deno.test("breaking out of mapOrdered() ends its work and closes its source", async () => {
  const source = tellingSource(10);
  let running = 0;
  const signals: AbortSignal[] = [];
  const work = async (item: number, signal: AbortSignal) => {
    signals.push(signal);
    running++;
    await sleep(item === 0 ? 0 : 10_000, signal);
    running--;
    return item;
  };
  for await (const it of mapOrdered(source, work, { concurrency: 3 })) {
    assert.equal(it, 0);
    break;
  }
  assert.equal(running, 0);
  assert.ok(source.returned);
  assert.ok(signals.every(({ aborted }) => aborted));
});

Deno.test("mapOrdered()'s signal ends it, with the work under way over", async () => {
  for (const before of [true, false]) {
    const source = tellingSource(10);
    const controller = new AbortController();
    if (before) controller.abort("why");
    else setTimeout(() => controller.abort("why"), 20);
    let running = 0;
    const work = async (_: number, signal: AbortSignal) => {
      running++;
      await sleep(10_000, signal);
      assert.equal(signal.reason, "why");
      running--;
    };
    const { signal } = controller;
    const results = mapOrdered(source, work, { concurrency: 3, signal });
    await assert.rejects(results.next(), { code: "aborted", cause: "why" });
    assert.equal(running, 0);
    assert.ok(source.returned);
    assert.deepEqual(await results.next(), { done: true, value: undefined });
  }
});

Deno.test("mapOrdered() waits until a source is closed that is giving an item when it is ended", async () => {
  let closed = false;
  async function* slow() {
    try {
      yield 1;
      await sleep(30);
      yield 2;
    } finally {
      await sleep(10);
      closed = true;
    }
  }
  for await (const _ of mapOrdered(slow(), () => 1, { concurrency: 2 })) break;
  assert.ok(closed);
});

Deno.test("mapOrdered() doesn't wait forever for a source that is silent when it is ended", async () => {
  let returned = false;
  const silent = (): AsyncIterable<number> => ({
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => {
        returned = true;
        return new Promise(() => {});
      },
    }),
  });
  const signal = AbortSignal.timeout(20);
  const results = mapOrdered(silent(), () => 1, { concurrency: 2, signal });
  await assert.rejects(results.next(), { code: "aborted" });
  assert.ok(returned);
});

Deno.test("mapOrdered() ends when its source fires the signal as it is asked, or the work does", async () => {
  const controllers = [new AbortController(), new AbortController()] as const;
  async function* source() {
    controllers[0].abort("why");
    await new Promise(() => {}); // It never yields an item.
    yield 1;
  }
  const [ofSource, ofWork] = controllers.map(({ signal }) => signal);
  const asked = mapOrdered(source(), () => 1, {
    concurrency: 1,
    signal: ofSource,
  });
  await assert.rejects(asked.next(), { code: "aborted", cause: "why" });

  const work = async (_: number, signal: AbortSignal) => {
    controllers[1].abort("why");
    assert.ok(signal.aborted);
    await Promise.resolve();
  };
  const begun = mapOrdered([1], work, { concurrency: 1, signal: ofWork });
  await assert.rejects(begun.next(), { code: "aborted", cause: "why" });
});

/** Sleeps; wakes up early if the signal fires. */
function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function* generate<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

/** A source of numbers that records whether it was told to stop. */
function tellingSource(count: number) {
  let next = 0;
  const source = {
    returned: false,
    [Symbol.iterator]: () => ({
      next: (): IteratorResult<number> =>
        next < count
          ? { done: false, value: next++ }
          : { done: true, value: undefined },
      return: () => {
        source.returned = true;
        return { done: true as const, value: undefined };
      },
    }),
  };
  return source;
}
