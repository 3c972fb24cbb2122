/** A strict project's use of the package. */
import { ArgumentError, load, setWasmModules } from "@totem/inception";
import { load as loadF32, tfjs } from "@totem/inception/f32";
import { load as loadInt8 } from "@totem/inception/int8";
import { createHandler } from "@totem/inception/server";
import { finetune } from "@totem/inception/train";
import relaxed from "@totem/inception/wasm/relaxed.wasm";

setWasmModules({ relaxed });

const classifier = await load("model.safetensors", { threads: "auto" });
const [best] = await classifier.classify(new Uint8Array());
if (best !== undefined) {
  const { label, probability }: { label: string; probability: number } = best;
  console.log(label, probability);
  // @ts-expect-error: It isn't any.
  console.log(best.nonsense);
}
// @ts-expect-error: An option's value is checked.
await load("model.safetensors", { threads: "many" });
// @ts-expect-error: An option's name is checked.
await loadInt8("model.safetensors", { thread: 2 });
// @ts-expect-error: It has no names of its own.
setWasmModules({ kernels: relaxed });

export const handler: (request: Request) => Promise<Response> = createHandler({
  classifier: () => loadF32("model.safetensors"),
});
export { ArgumentError, finetune, tfjs };
