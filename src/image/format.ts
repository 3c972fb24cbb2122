import type { TimeSlice } from "../async/yield.ts";
import type { OpenAnimation } from "./animation/animation.ts";
import type { ImageHeader } from "./image_format.ts";
import type { Denominator } from "./jpeg/plan.ts";
import type { Region, TakeRows } from "./rows.ts";

/** An image whose rows are decoded. */
export interface DecodeJob {
  readonly bytes: Uint8Array;
  readonly header: ImageHeader;
  /** Whether a JPEG may be cut short; the rest is grey. */
  readonly mayEnd: boolean;
  /**
   * The reduction at which a JPEG is decoded; 1 unless given, and for other formats.
   */
  readonly denominator?: Denominator | undefined;
  /** The rows and columns to emit, at that scale; all unless given. */
  readonly region?: Region | undefined;
  /** Whether memory is too scarce for a worker. */
  readonly isScarce: boolean;
  /** Claims bytes that {@linkcode Format.memoryBytes} doesn't count. It may throw. */
  claimMemory(bytes: number): void;
  readonly timeSlice: TimeSlice;
}

/** Decodes an image and emits its opaque rows as stored. */
export type DecodeRows = (job: DecodeJob, take: TakeRows) => Promise<void>;

/** How a format is recognised and decoded. */
export interface Format {
  /** Whether `bytes` begin like this format. */
  matches(bytes: Uint8Array): boolean;
  readHeader(bytes: Uint8Array): ImageHeader;
  /**
   * The memory that decoding needs, in bytes, not counting a few rows: 0 if rows are
   * decoded one by one. It is checked before decoding starts.
   */
  memoryBytes(header: ImageHeader, fileBytes: number): number;
  /**
   * Checks that the decoder can be loaded, for formats that need much memory. It is
   * called only when an image needs too much memory, after its pixels were counted, as
   * HEIC's decoder may have to be downloaded.
   *
   * @throws {DecoderUnavailableError} When it can't be loaded.
   */
  assertDecoder?(): Promise<unknown>;
  /** Loads the decoder, at the first image of the format. */
  loadDecoder(): Promise<DecodeRows>;
  /** Loads the reader of animation frames, if the format has animations. */
  loadFrames?(): Promise<OpenAnimation>;
}
