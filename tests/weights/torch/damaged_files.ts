/**
 * Damaged PyTorch files, for `tests/long/weights_fuzz_test.ts`.
 */
import { gunzipSync } from "node:zlib";
import type { Network } from "../../../src/model/mod.ts";
import { loadNetwork } from "../../../src/weights/mod.ts";
import { openZip } from "../../../src/weights/zip.ts";
import { makeZip } from "../../make_zip.ts";
import { mutateBytes, pick, type Random } from "../../mutations.ts";
import { makeStateDict } from "../../torchvision_model.ts";
import { checkpointZip, pickled, pickleState } from "./make_checkpoint.ts";

const MODELS = new URL("../../data/models/torch/", import.meta.url);

function readModel(name: string): Uint8Array {
  // A copy: slices of Node's buffers share memory.
  return Uint8Array.from(
    gunzipSync(Deno.readFileSync(new URL(`${name}.gz`, MODELS))),
  );
}

/** With a known size: a response without one takes up to three times its bytes. */
const read = async (bytes: Uint8Array): Promise<Network> =>
  await loadNetwork(new Blob([bytes as BlobPart]));

/** State dicts, whole models and TorchScript; damaged pickles have matching checksums. */
export async function damagedArchives() {
  const { pickle, storages } = pickleState(makeStateDict("BF16"));
  const files = [
    checkpointZip(pickled(pickle), storages),
    readModel("whole_model_113.pt"),
    readModel("traced_113.pt"),
    readModel("checkpoint_213.pth.tar"),
  ];
  const archives = await Promise.all(files.map(unpack));
  return {
    damage(random: Random): Uint8Array {
      if (random() < 0.2) return mutateBytes(pick(random, files), random);
      const archive = pick(random, archives);
      const name = Object.keys(archive).find((it) => it.endsWith("/data.pkl"))!;
      return makeZip({
        ...archive,
        [name]: mutateBytes(archive[name]!, random),
      });
    },
    read,
  };
}

async function unpack(file: Uint8Array): Promise<Record<string, Uint8Array>> {
  const zip = openZip(file);
  const entries = await Promise.all(zip.names.map(async (name) =>
    [
      name,
      (await zip.inflate(name, 2 ** 24))!,
    ] as const
  ));
  return Object.fromEntries(entries);
}

/** Files from before PyTorch 1.6: the pickles come first. */
export function damagedLegacyFiles() {
  const file = readModel("state_dict_legacy.pth");
  const PICKLES = 95_847;
  return {
    damage: (random: Random) =>
      mutateBytes(file, random, 0, random() < 0.8 ? PICKLES : file.length),
    read,
  };
}

/** Archives whose pickles demand much memory; each has half a megabyte. */
export const HOSTILE_ARCHIVES: readonly (readonly [
  what: string,
  make: () => Uint8Array,
])[] = ([
  ["dicts", "}0"],
  ["lists", "]0"],
  ["lists of one", "]Na0"],
  ["tuples in tuples", "N\x85\x85\x850"],
  ["marks", "("],
  ["a memo", "N\x940"],
  ["texts", "\x8c\x01a0"],
  ["bytes", "C\x000"],
  ["numbers", "G\x3f\xf1\x99\x99\x99\x99\x99\x9a0"],
  ["large numbers", "\x8a\x09\x01\x02\x03\x04\x05\x06\x07\x08\x090"],
  ["names", "ca\nb\n0"],
  ["objects", "NNR0"],
  ["references", "NQ0"],
  ["items", "}NNs0"],
] as const).map(([what, part]) => [
  what,
  () => checkpointZip(pickled(part.repeat(2 ** 19 / part.length), "N")),
]);
