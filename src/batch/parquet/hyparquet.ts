/**
 * The parts of hyparquet that read a file's metadata and a page's values. Its own loop
 * over pages would keep all rows of a group in memory, and trusts all counts.
 *
 * @module
 */
import type * as Main from "hyparquet";
import type { parquetHeader } from "hyparquet/src/column.js";
import type {
  deltaBinaryUnpack,
  deltaLengthByteArray,
} from "hyparquet/src/delta.js";
import type { byteStreamSplit } from "hyparquet/src/encoding.js";
import type { readPlain } from "hyparquet/src/plain.js";
import { importPackage } from "../../runtime/packages.ts";

/** The functions of hyparquet in use. */
export interface Hyparquet {
  readonly parquetMetadata: typeof Main.parquetMetadata;
  readonly parquetSchema: typeof Main.parquetSchema;
  readonly snappyUncompress: typeof Main.snappyUncompress;
  readonly parquetHeader: typeof parquetHeader;
  readonly readPlain: typeof readPlain;
  readonly byteStreamSplit: typeof byteStreamSplit;
  readonly deltaBinaryUnpack: typeof deltaBinaryUnpack;
  readonly deltaLengthByteArray: typeof deltaLengthByteArray;
}

const FILES = ["", ...["column", "delta", "encoding", "plain"].map(fileOf)];

/** @throws {PackageUnavailableError} When it isn't installed. */
export async function hyparquet(): Promise<Hyparquet> {
  const parts = await Promise.all(
    FILES.map((file) =>
      importPackage<Partial<Hyparquet>>(
        "hyparquet",
        "to read Parquet",
        [],
        file,
      )
    ),
  );
  return Object.assign({}, ...parts);
}

function fileOf(name: string): string {
  return `/src/${name}.js`;
}
