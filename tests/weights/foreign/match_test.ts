import assert from "node:assert/strict";
import { CorruptWeightsError } from "../../../src/errors.ts";
import type { InceptionV3Options } from "../../../src/model/mod.ts";
import { BLOCKS } from "../../../src/model/inception_options.ts";
import type {
  ForeignConcat,
  ForeignConv,
  ForeignDense,
  ForeignFlatten,
  ForeignInput,
  ForeignNode,
  ForeignPool,
} from "../../../src/weights/foreign/graph.ts";
import { matchInceptionV3 } from "../../../src/weights/foreign/match.ts";
import { assertSameAnswers, USUAL } from "./same_answers.ts";
import {
  activation,
  affine,
  batchNorm,
  change,
  convOf,
  dropRelu,
  type HandGraph,
  handGraph,
  hoistRelu,
  identity,
  insertAfter,
  SIDE,
  tensor,
  TINY,
} from "./hand_graph.ts";

type Architecture = Omit<InceptionV3Options, "variant">;

/** Graphs equivalent to Inception-v3, with the expected findings. */
const SAME: [
  name: string,
  options: Architecture,
  write: (graph: HandGraph) => void,
][] = [
  ["batch norm after each convolution", {}, () => {}],
  ["a bias in place of batch norm", { lastBlock: "Mixed_5b" }, (graph) => {
    for (const name of convNames(graph)) {
      const { shape } = convOf(graph, name).kernel;
      const bias = tensor(`${name}/bias`, [1, 1, 1, shape[3]!], -0.2, 0.3);
      change<ForeignConv>(graph, `${name}:conv`, { bias });
      graph.nodes.set(`${name}:norm`, identity(`${name}:norm`, `${name}:conv`));
    }
  }],
  ["batch norm as scales and offsets", { lastBlock: "Mixed_5c" }, (graph) => {
    for (const [i, name] of convNames(graph).entries()) {
      const channels = convOf(graph, name).kernel.shape[3]!;
      const shape = i % 3 === 0
        ? []
        : i % 3 === 1
        ? [channels]
        : [1, 1, channels];
      const made = affine(`${name}:norm`, `${name}:conv`, shape);
      graph.nodes.set(`${name}:norm`, made);
      if (i % 2 === 0) {
        insertAfter(
          graph,
          `${name}:norm`,
          (name, input) => batchNorm(name, input, channels),
        );
      }
    }
  }],
  ["ReLU after concatenations", {}, hoistRelu],
  ["ReLU after an outer concatenation alone", {}, (graph) => {
    hoistRelu(graph);
    // Grappler also moves it past inner concatenations and max pools.
    for (const [key, { op }] of [...graph.nodes]) {
      if (op === "concat" && /Mixed_7[bc]\/branch/.test(key)) {
        dropRelu(graph, key);
      }
    }
    insertAfter(
      graph,
      "MaxPool_3a_3x3",
      (name, input) => activation(name, input, "relu"),
    );
    dropRelu(graph, "Conv2d_2b_3x3");
  }],
  ["ReLU after inner concatenations alone", {}, (graph) => {
    hoistRelu(graph, /Mixed_7[bc]\/branch/);
  }],
  ["a max pool that reads values without the ReLU of others", {}, (graph) => {
    hoistRelu(graph);
    change<ForeignPool>(graph, "Mixed_6a/MaxPool_3x3", {
      input: "Mixed_5d:before",
    });
    change<ForeignPool>(graph, "Mixed_7a/MaxPool_3x3", {
      input: "Mixed_6e:before",
    });
  }],
  ["ReLU twice", { lastBlock: "Mixed_5b" }, (graph) => {
    for (
      const key of [
        "Conv2d_1a_3x3",
        "Mixed_5b",
        "MaxPool_5a_3x3",
        "Mixed_5b/AvgPool_3x3",
      ]
    ) {
      insertAfter(graph, key, (name, input) => activation(name, input, "relu"));
    }
  }],
  ["concatenations of six results", {}, (graph) => {
    for (const block of ["Mixed_7b", "Mixed_7c"]) {
      const inputs = inputsOf(graph, block).flatMap((it) =>
        graph.nodes.get(it)!.op === "concat" ? inputsOf(graph, it) : [it]
      );
      assert.equal(inputs.length, 6);
      change<ForeignConcat>(graph, block, { inputs });
    }
  }],
  [
    "concatenations in other groups, and of one",
    { lastBlock: "Mixed_5b" },
    (graph) => {
      const [first, ...others] = inputsOf(graph, "Mixed_5b") as string[];
      graph.nodes.set("rest", { op: "concat", name: "rest", inputs: others });
      graph.nodes.set("one", { op: "concat", name: "one", inputs: [first!] });
      change<ForeignConcat>(graph, "Mixed_5b", { inputs: ["one", "rest"] });
    },
  ],
  ["padding in numbers", { lastBlock: "Mixed_6b" }, (graph) => {
    for (const [key, node] of graph.nodes) {
      if (node.op !== "conv" && node.op !== "pool") continue;
      const [height, width] = node.op === "conv"
        ? node.kernel.shape
        : node.size;
      const [y, x] = [(height! - 1) / 2, (width! - 1) / 2];
      const padding = node.padding === "same"
        ? [y, x, y, x] as const
        : [0, 0, 0, 0] as const;
      change<ForeignConv | ForeignPool>(graph, key, { padding });
    }
  }],
  ["a kernel of one pixel with either padding", {}, (graph) => {
    for (const name of convNames(graph)) {
      const { kernel: { shape: [height, width] }, padding } = convOf(
        graph,
        name,
      );
      if (height !== 1 || width !== 1) continue;
      change<ForeignConv>(graph, `${name}:conv`, {
        padding: padding === "same" ? "valid" : "same",
      });
    }
  }],
  ["values passed on between all nodes", {}, (graph) => {
    for (const key of [...graph.nodes.keys()]) {
      insertAfter(graph, key, identity);
    }
    insertAfter(
      graph,
      "Predictions",
      (name, input) => activation(name, input, "linear"),
    );
  }],
  ["dilation, groups and strides as they are unless given", {
    lastBlock: "Mixed_5b",
  }, (graph) => {
    for (const name of convNames(graph)) {
      change<ForeignConv>(graph, `${name}:conv`, {
        dilation: [1, 1],
        groups: 1,
      });
    }
  }],
  ["average pools that count padding", { countIncludePad: true }, () => {}],
  ["the pools of FID's network", { lastPool: "max" }, () => {}],
  ["the pools of FID's network, and ReLU after concatenations", {
    lastPool: "max",
  }, hoistRelu],
  ["hidden layers", { hiddenUnits: [6, 4] }, () => {}],
  ["a sigmoid", { activation: "sigmoid", classes: 1 }, () => {}],
  ["a pool of maxima", { pooling: "max" }, () => {}],
  ["all activations as features", {
    lastBlock: "Mixed_6e",
    pooling: "flatten",
    hiddenUnits: [3],
  }, () => {}],
  ["all activations, channel by channel", {
    lastBlock: "Mixed_6e",
    pooling: "flatten",
  }, (graph) => {
    change<ForeignFlatten>(graph, "Flatten_1a", {
      order: "channel-height-width",
    });
  }],
  ["a flattening of what is pooled", { lastBlock: "Mixed_6e" }, (graph) => {
    insertAfter(graph, "AvgPool_1a", flatten);
    insertAfter(graph, "Logits", flatten);
  }],
  [
    "a pool whose window covers the grid",
    { lastBlock: "Mixed_6e" },
    (graph) => {
      graph.nodes.set("AvgPool_1a", windowPool("mean", [3, 3]));
      insertAfter(graph, "AvgPool_1a", flatten);
    },
  ],
  ["a padded pool of one window", { lastBlock: "Mixed_6e" }, (graph) => {
    const pool = windowPool("mean", [3, 3]);
    graph.nodes.set("AvgPool_1a", { ...pool, padding: "same" } as ForeignNode);
  }],
  ["a classifier that is a convolution", {
    lastBlock: "Mixed_6a",
    hiddenUnits: [4],
  }, (graph) => {
    for (const key of ["Logits/hidden_1:dense", "Logits"]) {
      const { kernel, bias, input, name } = graph.nodes.get(
        key,
      ) as ForeignDense;
      graph.nodes.set(key, {
        op: "conv",
        name,
        input,
        kernel: { ...kernel, shape: [1, 1, ...kernel.shape] },
        bias,
        stride: [1, 1],
        padding: "same",
      });
    }
  }],
  ["batch norm before, between and after dense layers", {
    lastBlock: "Mixed_6a",
    hiddenUnits: [6, 4],
  }, (graph) => {
    const { shape } =
      (graph.nodes.get("Logits/hidden_1:dense") as ForeignDense).kernel;
    for (
      const [key, channels] of [
        ["AvgPool_1a", shape[0]!],
        ["Logits/hidden_1:dense", 6],
        ["Logits/hidden_1", 6],
        ["Logits/hidden_2", 4],
        ["Logits", 5],
      ] as const
    ) {
      insertAfter(
        graph,
        key,
        (name, input) => batchNorm(name, input, channels),
      );
    }
    insertAfter(graph, "Logits", (name, input) => affine(name, input, [5]));
    insertAfter(graph, "AvgPool_1a", (name, input) => affine(name, input, []));
  }],
  ["batch norm of the last block", { lastBlock: "Mixed_6a" }, scaleGrid],
  ["batch norm of the last block, and all activations", {
    lastBlock: "Mixed_6a",
    pooling: "flatten",
  }, scaleGrid],
  [
    "ReLU of the features",
    { lastBlock: "Mixed_6a", pooling: "max" },
    (graph) => {
      insertAfter(
        graph,
        "MaxPool_1a",
        (name, input) => activation(name, input, "relu"),
      );
    },
  ],
  ...BLOCKS.map((lastBlock) =>
    [
      `an end at ${lastBlock}`,
      { lastBlock, classes: 2 },
      () => {},
    ] as (typeof SAME)[number]
  ),
  ["no classes, and a pool", {
    lastBlock: "Mixed_5b",
    classes: 0,
    pooling: "max",
  }, () => {}],
  ["no classes, and all activations", {
    lastBlock: "Mixed_5b",
    classes: 0,
    pooling: "flatten",
  }, () => {}],
];

for (const variant of ["low79", "low151"] as const) {
  Deno.test(`matchInceptionV3() finds the variant ${variant}`, () => {
    const graph = handGraph({ variant, lastBlock: "Mixed_5b" });
    assert.equal(matchInceptionV3(graph, USUAL).variant, variant);
    assertSameAnswers(graph);
  });
}

Deno.test("matchInceptionV3() takes logarithms of probabilities for softmax", () => {
  const graph = handGraph();
  change(graph, "Predictions", {
    activation: "LogSoftmax",
  } as Partial<ForeignNode>);
  const { architecture, origins } = matchInceptionV3(graph, USUAL);
  assert.equal(architecture.activation, undefined);
  assert.deepEqual(origins, {});
});

for (const [name, options, write] of SAME) {
  Deno.test(`matchInceptionV3() takes ${name}`, () => {
    const graph = handGraph(options);
    write(graph);
    const found = matchInceptionV3(graph, USUAL);
    const { lastBlock, ...others } = {
      ...TINY,
      hiddenUnits: [],
      countIncludePad: false,
      ...options,
    };
    assert.deepEqual(found.architecture, {
      ...others,
      ...lastBlock && lastBlock !== "Mixed_7c" && { lastBlock },
    });
    assert.deepEqual(found.origins, {});
    assertSameAnswers(graph);
  });
}

Deno.test("matchInceptionV3() reads no tensor but those that scale the image", () => {
  const graph = handGraph();
  for (const [key, node] of graph.nodes) {
    if (node.op !== "conv" && node.op !== "dense") continue;
    const kernel = { ...node.kernel, read: () => assert.fail(key) };
    change<ForeignConv | ForeignDense>(graph, key, { kernel });
  }
  assert.equal(matchInceptionV3(graph, USUAL).layers.size, 95);
});

Deno.test("matchInceptionV3() makes the image's values of what is fed and what the graph does to it", () => {
  const graph = handGraph({ lastBlock: "Mixed_5b" });
  assert.equal(matchInceptionV3(graph, USUAL).pixels, undefined);
  assert.deepEqual(matchInceptionV3(graph, USUAL).usual, {
    ...USUAL,
    ...graph.fed,
  });
  insertAfter(graph, "input", (name, input) => affine(name, input, [1, 1, 3]));
  insertAfter(graph, "input", identity);
  insertAfter(graph, "input", (name, input) => affine(name, input, []));
  insertAfter(graph, "input", (name, input) => batchNorm(name, input, 3));
  const { pixels } = matchInceptionV3(graph, USUAL);
  assert.ok(pixels);
  assert.equal(new Set(pixels.scale).size, 3);
  assertSameAnswers(graph);
});

for (const hoisted of [false, true]) {
  Deno.test(`matchInceptionV3() assumes the mean where a graph ends with a block${hoisted ? ", and ReLU" : ""}`, () => {
    const graph = handGraph({ classes: 0, lastBlock: "Mixed_6b" });
    graph.output = "Mixed_6b";
    if (hoisted) hoistRelu(graph);
    const { architecture, origins } = matchInceptionV3(graph, USUAL);
    assert.equal(architecture.pooling, undefined);
    assert.equal(architecture.lastBlock, "Mixed_6b");
    assert.deepEqual(origins, { pooling: "assumed" });
  });
}

Deno.test("matchInceptionV3() assumes softmax of logits", () => {
  const { architecture, origins } = matchInceptionV3(
    handGraph({ activation: "none" }),
    USUAL,
  );
  assert.equal(architecture.activation, undefined);
  assert.deepEqual(origins, { activation: "assumed" });
});

for (
  const [size, variant] of [
    [[null, null], undefined],
    [[299, 299], "full"],
    [[null, 224], 224],
    [[150, null], 150],
  ] as const
) {
  Deno.test(`matchInceptionV3() finds a variant of ${variant} in an image of ${size}`, () => {
    const graph = handGraph();
    change<ForeignInput>(graph, "input", { size });
    assert.equal(matchInceptionV3(graph, USUAL).variant, variant);
  });
}

/** Graphs that compute something else, with their errors. */
const OTHERS: [
  name: string,
  options: Architecture,
  write: (graph: HandGraph) => void,
  message: RegExp,
][] = [
  [
    "an activation that isn't ReLU",
    {},
    (graph) =>
      change(
        graph,
        "Conv2d_2b_3x3",
        { activation: "relu6" } as Partial<ForeignNode>,
      ),
    /node "Conv2d_2b_3x3" of the test model with "Conv2d_2b_3x3" as its activation must be relu: it is relu6$/,
  ],
  [
    "a convolution without ReLU",
    {},
    (graph) => dropRelu(graph, "Mixed_5b/branch1x1"),
    /"Mixed_5b\/branch1x1:conv" .* as its activation must be relu: it is linear$/,
  ],
  [
    "a ReLU that only one of two readers applies",
    {},
    (graph) => {
      hoistRelu(graph);
      change<ForeignConv>(graph, "Mixed_5c/branch1x1:conv", {
        input: "Mixed_5b:before",
      });
    },
    /with "Mixed_5b\/\w+" as its activation must be relu: it is linear$/,
  ],
  [
    "a ReLU after an average pool in place of before it",
    {},
    (graph) => {
      hoistRelu(graph);
      change<ForeignPool>(graph, "Mixed_5c/AvgPool_3x3", {
        input: "Mixed_5b:before",
      });
      insertAfter(
        graph,
        "Mixed_5c/AvgPool_3x3",
        (name, input) => activation(name, input, "relu"),
      );
    },
    /with "Mixed_5b\/\w+" as its activation must be relu: it is linear$/,
  ],
  [
    "a scale after ReLU",
    {},
    (graph) =>
      insertAfter(
        graph,
        "Conv2d_2b_3x3",
        (name, input) => affine(name, input, []),
      ),
    /with "Conv2d_2b_3x3" as nothing may come after its activation: it is a scale or an offset$/,
  ],
  [
    "batch norm after a concatenation",
    {},
    (graph) =>
      insertAfter(
        graph,
        "Mixed_5b",
        (name, input) => batchNorm(name, input, 8),
      ),
    /with "Mixed_5b" as it must be a concatenation: it is a batch norm$/,
  ],
  [
    "another convolution for each reader of a node",
    {},
    (graph) => {
      graph.nodes.set("twin", {
        ...graph.nodes.get("Mixed_5c/branch5x5_1")!,
        name: "twin",
      });
      insertAfter(graph, "Mixed_5b", (name, input) => affine(name, input, []));
      change<ForeignConv>(graph, "Mixed_5c/branch1x1:conv", {
        input: "Mixed_5b:before",
      });
    },
    /with "Mixed_5b" as it must be a concatenation: it is a scale or an offset$/,
  ],
  [
    "another kernel",
    {},
    (graph) => {
      const { kernel } = convOf(graph, "Conv2d_2b_3x3");
      const [, , ...channels] = kernel.shape;
      change<ForeignConv>(graph, "Conv2d_2b_3x3:conv", {
        kernel: { ...kernel, shape: [5, 5, ...channels] },
      });
    },
    /as its kernel must be \[3,3\]: it is \[5,5\]$/,
  ],
  [
    "another stride",
    {},
    (graph) =>
      change<ForeignConv>(graph, "Conv2d_2b_3x3:conv", { stride: [1, 2] }),
    /as its stride must be \[1,1\]: it is \[1,2\]$/,
  ],
  [
    "no padding where there must be some",
    {},
    (graph) =>
      change<ForeignConv>(graph, "Conv2d_2b_3x3:conv", { padding: "valid" }),
    /as its padding must be same: it is valid$/,
  ],
  [
    "padding of one side",
    {},
    (graph) =>
      change<ForeignConv>(graph, "Mixed_6b/branch7x7_2:conv", {
        padding: [0, 6, 0, 0],
      }),
    /as its padding must be same: it is \[0,6,0,0\]$/,
  ],
  [
    "padding at a stride of 2",
    {},
    (graph) =>
      change<ForeignConv>(graph, "Mixed_7a/branch3x3_2:conv", {
        padding: "same",
      }),
    /as its padding must be valid: it is same$/,
  ],
  [
    "dilation",
    {},
    (graph) =>
      change<ForeignConv>(graph, "Conv2d_2b_3x3:conv", { dilation: [2, 1] }),
    /as its dilation must be \[1,1\]: it is \[2,1\]$/,
  ],
  [
    "groups",
    {},
    (graph) => change<ForeignConv>(graph, "Conv2d_2b_3x3:conv", { groups: 2 }),
    /as its number of groups must be 1: it is 2$/,
  ],
  [
    "another number of channels",
    {},
    (graph) => {
      const { kernel } = convOf(graph, "Mixed_6b/branch1x1");
      change<ForeignConv>(graph, "Mixed_6b/branch1x1:conv", {
        kernel: { ...kernel, shape: [1, 1, 24, 7] },
      });
    },
    /as its number of channels must be 6: it is 7$/,
  ],
  [
    "another pool",
    {},
    (graph) => change<ForeignPool>(graph, "MaxPool_5a_3x3", { kind: "mean" }),
    /with "MaxPool_5a_3x3" as it must be a max pool: it is an average pool$/,
  ],
  [
    "a max pool in a block before the last",
    {},
    (graph) =>
      change<ForeignPool>(graph, "Mixed_7b/AvgPool_3x3", { kind: "max" }),
    /with "Mixed_7b\/AvgPool_3x3" as it must be an average pool: it is a max pool$/,
  ],
  [
    "another size of a pool",
    {},
    (graph) => change<ForeignPool>(graph, "MaxPool_5a_3x3", { size: [2, 2] }),
    /as its size must be \[3,3\]: it is \[2,2\]$/,
  ],
  [
    "average pools of two kinds",
    {},
    (graph) =>
      change<ForeignPool>(graph, "Mixed_6c/AvgPool_3x3", {
        countIncludePad: true,
      }),
    /padding must count in all average pools or in none: in this one it does(n't)?$/,
  ],
  [
    "another order in a concatenation",
    {},
    (graph) =>
      change<ForeignConcat>(graph, "Mixed_5b", {
        inputs: inputsOf(graph, "Mixed_5b").toReversed(),
      }),
    /with "Mixed_5b\/branch1x1"/,
  ],
  [
    "a part less in a concatenation",
    {},
    (graph) =>
      change<ForeignConcat>(graph, "Mixed_6d", {
        inputs: inputsOf(graph, "Mixed_6d").slice(1),
      }),
    /with "Mixed_6d" as it must join 4 results: it joins 3$/,
  ],
  [
    "a concatenation of many",
    {},
    (graph) =>
      change<ForeignConcat>(graph, "Mixed_5b", {
        inputs: Array(10_000).fill("Mixed_5b/branch1x1"),
      }),
    /find Inception-v3 .* "Mixed_5b" must join <= 16 results: it joins more$/,
  ],
  [
    "a node that stands for two",
    {},
    (graph) =>
      change<ForeignConcat>(graph, "Mixed_7c/branch3x3", {
        inputs: ["Mixed_7c/branch3x3_2a", "Mixed_7c/branch3x3_2a"],
      }),
    /with "Mixed_7c\/branch3x3_2b" as it stands for "Mixed_7c\/branch3x3_2a", too$/,
  ],
  [
    "two nodes where there is one",
    {},
    (graph) => {
      for (const part of ["", ":norm", ":conv"]) {
        const node = graph.nodes.get(`Conv2d_4a_3x3${part}`)!;
        graph.nodes.set(`twin${part}`, {
          ...node,
          ...part !== ":conv" &&
            { input: part === "" ? "twin:norm" : "twin:conv" },
        } as ForeignNode);
      }
      graph.nodes.set(
        "twin pool",
        { ...graph.nodes.get("MaxPool_5a_3x3")!, input: "twin" } as ForeignNode,
      );
      change<ForeignConv>(graph, "Mixed_5b/branch1x1:conv", {
        input: "twin pool",
      });
    },
    /stands for it elsewhere$/,
  ],
  [
    "a convolution whose readers scale it in two ways",
    {},
    (graph) => {
      const name = "Mixed_7c/branch3x3_1";
      graph.nodes.set("without", activation("without", `${name}:conv`, "relu"));
      change<ForeignConv>(graph, "Mixed_7c/branch3x3_2b:conv", {
        input: "without",
      });
    },
    /stands for it elsewhere$/,
  ],
  [
    "an activation of the image",
    {},
    (graph) =>
      insertAfter(
        graph,
        "input",
        (name, input) => activation(name, input, "relu"),
      ),
    /with "input" as its activation must be linear: it is relu$/,
  ],
  [
    "a pool of the image",
    {},
    (graph) =>
      insertAfter(
        graph,
        "input",
        (name, input) => ({ ...windowPool("mean", [2, 2]), name, input }),
      ),
    /as a convolution must read the image: the node "input" of the test model does, an average pool$/,
  ],
  [
    "a scale of the image with a value for each pixel",
    {},
    (graph) =>
      insertAfter(
        graph,
        "input",
        (name, input) => affine(name, input, [SIDE, SIDE, 3]),
      ),
    /what scales the image must have 1 or 3 values: "input\/scale" has the shape \[75,75,3\]$/,
  ],
  [
    "an image that isn't square",
    {},
    (graph) => change<ForeignInput>(graph, "input", { size: [75, 76] }),
    /size of the node "input" of the test model as it must be square: it is \[75,76\]$/,
  ],
  [
    "what Inception-v3 doesn't have",
    {},
    (graph) =>
      insertAfter(
        graph,
        "Mixed_6e",
        (name) => ({ op: "other", name, what: "a LayerNormalization" }),
      ),
    /Cannot find Inception-v3 in the test model as there is nothing like the node "Mixed_6e" in it: it is a LayerNormalization$/,
  ],
  [
    "a head of something else on an earlier block",
    { lastBlock: "Mixed_6e" },
    (graph) =>
      insertAfter(
        graph,
        "AvgPool_1a",
        (name) => ({ op: "other", name, what: "an LSTM" }),
      ),
    /nothing like the node "AvgPool_1a" in it: it is an LSTM$/,
  ],
  [
    "a convolution in the head",
    { lastBlock: "Mixed_6e" },
    (graph) =>
      change<ForeignDense>(graph, "Logits", {
        input: "Mixed_6e/branch1x1:conv",
      }),
    /\(a convolution\): behind the blocks there may be pooling, /,
  ],
  [
    "a padded convolution as a classifier",
    { lastBlock: "Mixed_6e" },
    (graph) => {
      const { kernel, ...others } = graph.nodes.get("Logits") as ForeignDense;
      graph.nodes.set("Logits", {
        ...others,
        op: "conv",
        kernel: { ...kernel, shape: [1, 1, ...kernel.shape] },
        stride: [1, 1],
        padding: [1, 1, 1, 1],
      });
    },
    /\(a convolution\): behind the blocks there may be pooling, /,
  ],
  [
    "tanh after the classifier",
    {},
    (graph) =>
      change(
        graph,
        "Predictions",
        { activation: "tanh" } as Partial<ForeignNode>,
      ),
    /"Logits" .* as its activation must be softmax, sigmoid or none: it is tanh$/,
  ],
  [
    "two activations of the classifier",
    {},
    (graph) =>
      insertAfter(
        graph,
        "Logits",
        (name, input) => activation(name, input, "sigmoid"),
      ),
    /must be softmax, sigmoid or none: it is sigmoid, then softmax$/,
  ],
  [
    "a scale of probabilities",
    {},
    (graph) =>
      insertAfter(
        graph,
        "Predictions",
        (name, input) => affine(name, input, []),
      ),
    /no scale or offset may follow the answer's activation: it is a scale or an offset$/,
  ],
  [
    "a hidden layer without ReLU",
    { hiddenUnits: [3] },
    (graph) =>
      change(
        graph,
        "Logits/hidden_1",
        { activation: "linear" } as Partial<ForeignNode>,
      ),
    /"Logits\/hidden_1:dense" .* as its activation must be relu: it is none$/,
  ],
  [
    "17 hidden layers",
    { hiddenUnits: Array(17).fill(2) },
    () => {},
    /must have <= 16 dense layers before the last: it has more$/,
  ],
  [
    "a softmax of the features",
    { classes: 0 },
    (graph) =>
      insertAfter(
        graph,
        "AvgPool_1a",
        (name, input) => activation(name, input, "softmax"),
      ),
    /"AvgPool_1a" .* as it must follow a dense layer: it is the activation softmax of the features$/,
  ],
  [
    "batch norm of features without a classifier",
    { classes: 0 },
    (graph) =>
      insertAfter(
        graph,
        "AvgPool_1a",
        (name, input) => batchNorm(name, input, 64),
      ),
    /as it must follow a dense layer: it is a batch norm of the features$/,
  ],
  [
    "tanh of the features",
    {},
    (graph) =>
      insertAfter(
        graph,
        "AvgPool_1a",
        (name, input) => activation(name, input, "tanh"),
      ),
    /as it must follow a dense layer: it is the activation tanh of the features$/,
  ],
  [
    "a scale of what maxima are taken of",
    { lastBlock: "Mixed_6a", pooling: "max" },
    scaleGrid,
    /no scale or offset may come before the pool of maxima: it is a batch norm$/,
  ],
  [
    "ReLU of a scaled block",
    { lastBlock: "Mixed_6a" },
    (graph) => {
      scaleGrid(graph);
      change<ForeignPool>(graph, "AvgPool_1a", { input: "relu" });
      graph.nodes.set("relu", activation("relu", "scaled", "relu"));
    },
    /"relu" .* as there may be batch norm alone between "Mixed_6a" and its pooling: it is the activation relu$/,
  ],
  [
    "a scale of all activations, channel by channel",
    { lastBlock: "Mixed_6a", pooling: "flatten" },
    (graph) => {
      change<ForeignFlatten>(graph, "Flatten_1a", {
        order: "channel-height-width",
      });
      insertAfter(
        graph,
        "Flatten_1a",
        (name, input) => affine(name, input, []),
      );
    },
    /no scale or offset may come between flattening and dense layer/,
  ],
  [
    "a dense layer of each pixel",
    {},
    (graph) => change<ForeignDense>(graph, "Logits", { input: "Mixed_7c" }),
    /"Logits" .* must read what one pool or a flattening gives: it reads "Mixed_7c" \(a concatenation\)$/,
  ],
  [
    "all activations of an image of any size",
    { lastBlock: "Mixed_6a", pooling: "flatten" },
    (graph) => change<ForeignInput>(graph, "input", { size: [null, null] }),
    /size of its image must be fixed where all activations are features: it takes any$/,
  ],
  [
    "a pool of a part of the grid",
    { lastBlock: "Mixed_6e" },
    (graph) => graph.nodes.set("AvgPool_1a", windowPool("mean", [2, 2])),
    /"AvgPool_1a" .* must cover the grid, \[3,3\]: its size is \[2,2\]$/,
  ],
  [
    "a padded pool",
    { lastBlock: "Mixed_6e" },
    (graph) =>
      graph.nodes.set(
        "AvgPool_1a",
        {
          ...windowPool("mean", [3, 3]),
          padding: [0, 0, 1, 0],
        } as ForeignNode,
      ),
    /must cover the grid, \[3,3\]: its size is \[3,3\] with padding$/,
  ],
  [
    "a node that isn't there",
    {},
    (graph) => graph.nodes.delete("Mixed_6c/branch1x1"),
    /has no node "Mixed_6c\/branch1x1", which another one reads$/,
  ],
  [
    "an answer that isn't there",
    {},
    (graph) => graph.output = "__proto__",
    /has no node "__proto__", which another one reads$/,
  ],
  [
    "nodes that pass a value around",
    {},
    (graph) =>
      change(
        graph,
        "Predictions",
        { input: "Predictions" } as Partial<ForeignNode>,
      ),
    /no node may read its own result: "Predictions" does$/,
  ],
  [
    "no convolution",
    {},
    (graph) => {
      graph.nodes.clear();
      graph.nodes.set("a", { op: "concat", name: "a", inputs: ["b", "b"] });
      graph.nodes.set("b", { op: "input", name: "b", size: [75, 75] });
      graph.output = "a";
    },
    /as a convolution must read the image: the node "a" of the test model does, a concatenation$/,
  ],
];

for (const [name, options, write, message] of OTHERS) {
  Deno.test(`matchInceptionV3() refuses ${name}`, () => {
    const graph = handGraph(options);
    write(graph);
    assert.throws(() => matchInceptionV3(graph, USUAL), (error) => {
      assert.ok(error instanceof CorruptWeightsError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}

function convNames({ nodes }: HandGraph): string[] {
  return [...nodes.keys()].filter((it) => nodes.has(`${it}:conv`));
}

function inputsOf({ nodes }: HandGraph, key: string): readonly string[] {
  return (nodes.get(key) as ForeignConcat).inputs;
}

/** Inserts batch norm between the last block and the features. */
function scaleGrid(graph: HandGraph): void {
  const channels = 24;
  graph.nodes.set("scaled", batchNorm("scaled", "Mixed_6a", channels));
  for (const key of ["AvgPool_1a", "MaxPool_1a", "Flatten_1a"]) {
    if (graph.nodes.has(key)) {
      change<ForeignPool>(graph, key, { input: "scaled" });
    }
  }
}

function windowPool(
  kind: "mean" | "max",
  size: readonly [number, number],
): ForeignNode {
  const name = "AvgPool_1a";
  const input = "Mixed_6e";
  return {
    op: "pool",
    name,
    input,
    kind,
    size,
    stride: size,
    padding: "valid",
  };
}

function flatten(name: string, input: string): ForeignNode {
  return { op: "flatten", name, input, order: "height-width-channel" };
}
