import { ArgumentError } from "../errors.ts";
import { MIN_SIZE } from "../model/inception_v3.ts";
import type { MetadataField, Origins } from "../model/origins.ts";
import { isSide, MAX_SIDE } from "./input_side.ts";
import { FACT_NAMES, type Facts, FORMAT } from "./totem_metadata.ts";

/**
 * The JSON of a network's facts.
 *
 * @throws {ArgumentError} When the variant is one that can't be read again.
 */
export function stringifyMetadata(facts: Facts): string {
  const { architecture, variant, labels, classIds } = facts;
  const { calibration, source, license } = facts;
  if (typeof variant === "number" && !isSide(variant)) {
    throw new ArgumentError(
      `Cannot write a network for a variant of ${variant} as it must be a whole number of ${MIN_SIZE}..${MAX_SIDE}`,
    );
  }
  const { crop, resize } = facts.preprocessing;
  const {
    classes = 1000,
    hiddenUnits = [],
    countIncludePad = false,
    widthMultiplier = 1,
  } = architecture;
  return JSON.stringify({
    format: FORMAT,
    architecture: {
      name: "inception-v3",
      classes,
      hiddenUnits,
      countIncludePad,
      widthMultiplier,
    },
    variant,
    labels,
    classIds,
    // Scale and offset are in the weights: here they are for people to read.
    preprocessing: { crop, resize, ...facts.folded },
    assumed: assumedIn(facts.origins),
    calibration,
    source,
    license,
  });
}

/** What is assumed about a network, as neither its file nor an option says it. */
function assumedIn(origins: Origins = {}): MetadataField[] | undefined {
  const assumed = FACT_NAMES.filter((it) => origins[it]?.startsWith("assumed"));
  return assumed.length === 0 ? undefined : assumed;
}
