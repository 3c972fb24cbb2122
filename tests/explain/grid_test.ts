import assert from "node:assert/strict";
import { gridOf } from "../../src/explain/grid.ts";
import { type Graph, inceptionV3, INPUT } from "../../src/model/mod.ts";

Deno.test("gridOf() finds 8 x 8 cells, 32 pixels apart, in the middle of 299 x 299", () => {
  const graph = inceptionV3();
  const grid = gridOf(graph, graph.outputs.activations!);
  assert.deepEqual(grid, {
    inputSize: 299,
    rows: 8,
    columns: 8,
    channels: 2048,
    stride: 32,
    offset: 37.5,
  });
});

Deno.test("gridOf() finds a grid in the middle of every variant", () => {
  const cases = [["full", 32], ["low151", 16], ["low79", 8], [
    171,
    32,
  ]] as const;
  for (const [variant, distance] of cases) {
    const graph = inceptionV3({ variant });
    const { columns, offset, stride } = gridOf(
      graph,
      graph.outputs.activations!,
    );
    const behind = graph.input[0] - (offset + (columns - 1) * stride);
    // After the last cell there may be pixels that no window reached.
    assert.ok(behind >= offset && behind < offset + stride, `${variant}`);
    assert.equal(stride, distance, `${variant}`);
  }
});

Deno.test("gridOf() finds the stem's last cells, as worked out by hand", () => {
  // The first cell of 299 pixels covers 27 x 27, at strides of 2, 2 and 2.
  const cases = [
    ["full", 13.5, 8, 35],
    ["low151", 7.5, 4, 35],
    ["low79", 4.5, 2, 36],
  ] as const;
  for (const [variant, ...expected] of cases) {
    const { offset, stride, columns } = gridOf(
      inceptionV3({ variant }),
      "MaxPool_5a_3x3",
    );
    assert.deepEqual([offset, stride, columns], expected);
  }
});

Deno.test("gridOf() finds the cells of each block that a network ends with", () => {
  const cases = [
    ["Mixed_5b", 35, 8, 13.5],
    ["Mixed_6a", 17, 16, 21.5],
    ["Mixed_6e", 17, 16, 21.5],
    ["Mixed_7a", 8, 32, 37.5],
  ] as const;
  for (const [lastBlock, rows, stride, offset] of cases) {
    const graph = inceptionV3({ lastBlock });
    const grid = gridOf(graph, graph.outputs.activations!);
    assert.deepEqual([grid.rows, grid.stride, grid.offset], [
      rows,
      stride,
      offset,
    ]);
  }
});

Deno.test("gridOf() knows that padding keeps cells where their pixels are", () => {
  const window = { stride: 2, size: 3 } as const;
  const graph: Graph = {
    input: [9, 9, 3],
    nodes: [
      { ...window, op: "maxPool", name: "a", input: INPUT, padding: "same" },
      { ...window, op: "maxPool", name: "b", input: "a", padding: "valid" },
    ],
    outputs: { features: "b" },
  };
  // Pixels 0, 2, 4, 6, 8, and of these 2 and 6.
  const { columns, offset, stride } = gridOf(graph, "b");
  assert.deepEqual([columns, offset, stride], [2, 2.5, 4]);
});
