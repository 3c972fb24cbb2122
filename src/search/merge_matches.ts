import { assertArgument, assertWhole, isNumber } from "../argument.ts";

/**
 * Merges lists of matches of one photo, most similar first. For lists from several indexes
 * the result is that of one index of all their images. Equal matches keep the order of
 * their lists.
 *
 * @param lists Lists with the most similar match first. Each has all matches of its index,
 * or at least `top`.
 * @param top The number of matches to return, at least 1. @default 10
 * @throws {ArgumentError} When a list isn't one, or `top` isn't a whole number >= 1.
 *
 * @example Search several files, one after the other
 * ```ts
 * import { load } from "@totem/inception";
 * import {
 *   assertSameModel,
 *   type Match,
 *   mergeMatches,
 *   readIndex,
 * } from "@totem/inception/search";
 *
 * using classifier = await load("nsfw");
 * const features = await classifier.features(await Deno.readFile("photo.jpg"));
 * let best: Match[] = [];
 * for (const path of ["2024.safetensors", "2025.safetensors"]) {
 *   const index = await readIndex((await Deno.open(path)).readable);
 *   await assertSameModel(index, classifier);
 *   best = mergeMatches([best, index.nearest(features)]);
 * }
 * console.log(best);
 * ```
 */
export function mergeMatches<T extends { readonly similarity: number }>(
  lists: readonly (readonly T[])[],
  top = 10,
): T[] {
  const cannot = "merge matches";
  assertWhole(cannot, "top", top, 1);
  const isList = (list: unknown) =>
    Array.isArray(list) &&
    list.every((it) => isNumber(it?.similarity, Number.isFinite));
  assertArgument(
    Array.isArray(lists) && lists.every(isList),
    `${cannot} as the lists must be an array of arrays of { similarity }`,
    lists,
  );
  // Sorting is stable: equal matches keep their order.
  return lists.flat().sort((a, b) => b.similarity - a.similarity).slice(0, top);
}
