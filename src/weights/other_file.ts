import { CorruptWeightsError } from "../errors.ts";

/** A safetensors file that isn't Totem's. */
export class OtherFileError extends CorruptWeightsError {}
