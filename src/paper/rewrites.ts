import { cost } from "../model/cost.ts";
import { type Graph, INPUT, type Shape } from "../model/graph.ts";
import { blockB } from "../model/inception_blocks.ts";
import { buildGraph, type LayerBuilder } from "../model/layer_builder.ts";

/** A factorization with which arXiv 1512.00567 makes a network cheaper. */
export interface Rewrite {
  /** The rewritten layers. */
  readonly name: string;
  /** The section in the paper. */
  readonly source: string;
  /**
   * The original form, then one or more alternatives. All have the same input and output.
   */
  readonly forms: readonly {
    /** The layers of the form. */
    readonly label: string;
    /** A graph with only these layers. */
    readonly graph: Graph;
  }[];
}

/**
 * The factorizations of the paper, on grids and channels of Inception-v3.
 *
 * @example How much two 3 x 3 convolutions save over a 5 x 5
 * ```ts
 * import { cost } from "@totem/inception/model";
 * import { rewrites } from "@totem/inception/paper";
 *
 * const [whole, parts] = rewrites()[0]!.forms.map(({ graph }) =>
 *   cost(graph).multiplyAdds
 * );
 * console.log(1 - parts! / whole!); // 0.28
 * ```
 */
export function rewrites(): readonly Rewrite[] {
  return [
    {
      name: "5 x 5 as two 3 x 3, on 35 x 35 x 64",
      source: "section 3.1, figure 1",
      forms: [
        chain([35, 35, 64], 64, [5]),
        chain([35, 35, 64], 64, [3, 3]),
      ],
    },
    {
      name: "3 x 3 as 3 x 1 and 1 x 3, on 8 x 8 x 384",
      source: "section 3.2, figure 3",
      forms: [
        chain([8, 8, 384], 384, [3]),
        chain([8, 8, 384], 384, [[3, 1], [1, 3]]),
      ],
    },
    {
      name: "7 x 7 as 1 x 7 and 7 x 1, on 17 x 17 x 192",
      source: "section 3.2, figure 6",
      forms: [
        chain([17, 17, 192], 192, [7]),
        chain([17, 17, 192], 192, [[1, 7], [7, 1]]),
      ],
    },
    {
      name: "Half the grid, from 35 x 35 x 288 to 17 x 17 x 768",
      source: "section 5, figures 9 and 10; pooling first is a bottleneck",
      forms: [
        reduction("inception, then pool", (net, x) => {
          const all = branches(net, x, net.maxPool("pool", x, 3, 1, "same"));
          return net.maxPool("reduced", all);
        }),
        reduction("pool, then inception", (net, x) => {
          const pool = net.maxPool("pool", x);
          return branches(net, pool, pool);
        }),
        reduction("both in parallel", (net, x) => blockB(net, "reduced", x)),
      ],
    },
    {
      name: "The first 7 x 7 / 2 as three 3 x 3, on 299 x 299 x 3",
      source: "section 6",
      forms: [
        form(
          "7x7/2",
          [299, 299, 3],
          ({ conv }) => conv("conv", INPUT, 64, 7, 2, "valid"),
        ),
        form("3x3/2, 3x3, 3x3", [299, 299, 3], ({ conv }) => {
          const x = conv("conv1", INPUT, 32, 3, 2, "valid");
          return conv("conv3", conv("conv2", x, 32, 3, 1, "valid"), 64, 3);
        }),
      ],
    },
  ];
}

/**
 * The costs of the forms of each rewrite. `saved` is the fraction of multiply-adds saved
 * compared with the first form.
 */
export function rewriteCosts() {
  return rewrites().map(({ name, source, forms }) => {
    const costs = forms.map(({ label, graph }) => {
      const { multiplyAdds, parameters } = cost(graph);
      return { label, multiplyAdds, parameters };
    });
    const [first] = costs;
    const savedBy = (multiplyAdds: number) =>
      1 - multiplyAdds / first!.multiplyAdds;
    return {
      name,
      source,
      forms: costs.map((it) => ({ ...it, saved: savedBy(it.multiplyAdds) })),
    };
  });
}

type Kernel = number | readonly [height: number, width: number];

/** Consecutive convolutions with the same number of channels. */
function chain(input: Shape, channels: number, kernels: readonly Kernel[]) {
  const label = kernels.map((kernel) =>
    typeof kernel === "number" ? `${kernel}x${kernel}` : kernel.join("x")
  ).join(", ");
  return form(label, input, ({ conv }) =>
    kernels.reduce<string>(
      (x, kernel, i) => conv(`conv${i + 1}`, x, channels, kernel),
      INPUT,
    ));
}

function reduction(
  label: string,
  build: (net: LayerBuilder, x: string) => string,
) {
  return form(label, [35, 35, 288], (net) => build(net, INPUT));
}

/**
 * The branches of {@linkcode blockB} without its stride, with the given pool as the last
 * branch.
 */
function branches(
  { conv, concat }: LayerBuilder,
  x: string,
  pool: string,
): string {
  let dbl = conv("branch3x3dbl_1", x, 64, 1);
  dbl = conv("branch3x3dbl_2", dbl, 96, 3);
  dbl = conv("branch3x3dbl_3", dbl, 96, 3);
  return concat("inception", [conv("branch3x3", x, 384, 3), dbl, pool]);
}

function form(
  label: string,
  input: Shape,
  build: (net: LayerBuilder) => string,
) {
  const graph = buildGraph(input, {}, (net) => ({ features: build(net) }));
  return { label, graph };
}
