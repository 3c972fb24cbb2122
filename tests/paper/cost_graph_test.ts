import assert from "node:assert/strict";
import { GraphError } from "../../src/errors.ts";
import {
  type AddNode,
  type CostGraph,
  type CostNode,
  networkCost,
} from "../../src/paper/mod.ts";
import { conv } from "../model/small_graph.ts";

Deno.test("networkCost() counts a sum as an activation without arithmetic", () => {
  const sum = add("sum", ["input", "conv"]);
  const graph = graphOf(conv("conv", "input", { channels: 3 }), sum);
  const { nodes, ...total } = networkCost(graph);
  assert.deepEqual(nodes.map(({ node }) => node), graph.nodes);
  const { node, ...counted } = nodes[1]!;
  assert.equal(node, sum);
  assert.deepEqual(counted, {
    shape: [10, 10, 3],
    multiplyAdds: 0,
    parameters: 0,
    activationBytes: 1200,
  });
  assert.deepEqual(total, {
    multiplyAdds: 900,
    parameters: 18,
    activationBytes: 2400,
  });
});

Deno.test("networkCost() refuses a sum of unlike inputs, or of what isn't computed before it", () => {
  const cases: [nodes: CostNode[], message: string][] = [
    [
      [
        conv("conv", "input", { channels: 4 }),
        add("sum", ["conv", "conv", "other"]),
      ],
      'Cannot add in "sum": "other" is not computed before it, not 10x10x4',
    ],
    [
      [
        conv("a", "input", { channels: 4 }),
        conv("b", "input", { channels: 5 }),
        add("sum", ["a", "b"]),
      ],
      'Cannot add in "sum": "b" is 10x10x5, not 10x10x4',
    ],
    [
      [conv("a"), add("sum", ["a", "b"]), conv("b")],
      'Cannot add in "sum": "b" is not computed before it, not 10x10x1',
    ],
  ];
  for (const [nodes, message] of cases) {
    assert.throws(() => networkCost(graphOf(...nodes)), (error) => {
      assert.ok(error instanceof GraphError);
      assert.equal(error.message, message);
      return true;
    });
  }
});

Deno.test("networkCost() refuses a sum of nothing, and what isn't a graph", () => {
  const graphs: unknown[] = [null, {}, { nodes: 5 }, graphOf(add("a", []))];
  for (const graph of graphs) {
    assert.throws(() => networkCost(graph as CostGraph), {
      name: "ArgumentError",
    });
  }
});

Deno.test("nothing but totem inspect imports what is of the paper alone", async () => {
  const src = new URL("../../src/", import.meta.url);
  const users: string[] = [];
  const visit = async (folder: string) => {
    for await (
      const { name, isDirectory } of Deno.readDir(new URL(folder, src))
    ) {
      const path = `${folder}${name}`;
      if (isDirectory) await visit(`${path}/`);
      else if (/\.ts$/.test(name) && folder !== "./paper/") {
        const text = await Deno.readTextFile(new URL(path, src));
        if (/from "[^"]*\/paper\//.test(text)) users.push(path);
      }
    }
  };
  await visit("./");
  assert.deepEqual(users.sort(), [
    "./cli/inspect_paper.ts",
  ]);
});

function add(name: string, inputs: readonly string[]): AddNode {
  return { op: "add", name, inputs };
}

function graphOf(...nodes: CostNode[]): CostGraph {
  const features = nodes.at(-1)!.name;
  return { input: [10, 10, 3], nodes, outputs: { features } };
}
