/**
 * The search of the site's script: it indexes the documents in the page.
 *
 * @module
 */
import MiniSearch from "npm:minisearch@7.1.3";

/** A section of a page, or a symbol of the API. */
export interface SearchDocument {
  /** The path from the site's folder, with the anchor. */
  readonly url: string;
  /** The heading or symbol. */
  readonly title: string;
  /** The page or module that it is part of. */
  readonly page: string;
  readonly text: string;
}

/** The results of a search, best first. */
export interface SearchResults {
  readonly pages: readonly SearchDocument[];
  readonly symbols: readonly SearchDocument[];
}

/**
 * Indexes documents.
 *
 * @returns A search function. It finds documents that contain all words, or words that
 * start with them.
 */
export function indexDocuments(
  documents: readonly SearchDocument[],
): (query: string) => SearchResults {
  const index = new MiniSearch({
    fields: ["title", "page", "text"],
    searchOptions: {
      boost: { title: 4, page: 2 },
      combineWith: "AND",
      prefix: true,
      // Short words with one different letter are usually other words.
      fuzzy: (term: string) => term.length > 5 ? 0.2 : false,
    },
  });
  index.addAll(documents.map((it, id) => ({ id, ...it })));
  return (query) => {
    const found = index.search(query).map(({ id }) => documents[id]!);
    const isSymbol = ({ url }: SearchDocument) => url.startsWith("api/");
    return {
      pages: found.filter((it) => !isSymbol(it)),
      symbols: found.filter(isSymbol),
    };
  };
}
