/// <reference lib="dom" />
/**
 * The script of the site's pages: the search, and copy buttons for programs and
 * commands.
 *
 * @module
 */
import { indexDocuments, type SearchDocument } from "../search.ts";

type Search = ReturnType<typeof indexDocuments>;

/** Maximum number of results, for pages and for symbols. */
const MOST = 10;
/** Characters to show on each side of the first match. */
const CONTEXT = 80;

const form = document.querySelector<HTMLFormElement>("#search")!;
const input = form.querySelector("input")!;
const found = document.querySelector<HTMLElement>("#found")!;
const status = found.querySelector("p")!;
const list = found.querySelector("ol")!;

let search: Promise<Search> | undefined;

async function loadSearch(): Promise<Search> {
  const response = await fetch(new URL("search.json", import.meta.url));
  if (!response.ok) throw new Error(`search.json: ${response.status}`);
  const documents: SearchDocument[] = await response.json();
  return indexDocuments(documents);
}

async function show(): Promise<void> {
  const query = input.value.trim();
  found.hidden = query === "";
  if (found.hidden) return;
  try {
    const { pages, symbols } = (await (search ??= loadSearch()))(query);
    if (input.value.trim() !== query) return; // A newer query has replaced this one.
    const count = pages.length + symbols.length;
    status.textContent = count === 0
      ? `Nothing has “${query}”.`
      : `${count} found`;
    const results = [...pages.slice(0, MOST), ...symbols.slice(0, MOST)];
    list.replaceChildren(
      ...results.map((it) => item(it, query)),
    );
  } catch {
    search = undefined;
    status.textContent = "The search couldn't be loaded. Try again.";
    list.replaceChildren();
  }
}

function item({ url, title, page, text }: SearchDocument, query: string) {
  const link = document.createElement("a");
  link.href = new URL(url, import.meta.url).href;
  link.textContent = title === page ? title : `${page}: ${title}`;
  const excerpt = document.createElement("p");
  excerpt.textContent = excerptOf(text, query);
  const item = document.createElement("li");
  item.append(link, excerpt);
  return item;
}

function excerptOf(text: string, query: string): string {
  const words = query.toLowerCase().split(/\s+/);
  const lower = text.toLowerCase();
  const [first = 0] = words.map((it) => lower.indexOf(it))
    .filter((it) => it >= 0).sort((a, b) => a - b);
  const start = Math.max(0, first - CONTEXT);
  const end = first + 2 * CONTEXT;
  return (start > 0 ? "…" : "") + text.slice(start, end) +
    (end < text.length ? "…" : "");
}

form.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  list.querySelector("a")?.click();
});
input.addEventListener("input", show);
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !found.hidden) {
    input.value = "";
    found.hidden = true;
    input.focus();
  }
});

for (const block of document.querySelectorAll("pre:has(> [class])")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.textContent.trimEnd());
    button.textContent = "Copied";
    setTimeout(() => button.textContent = "Copy", 2000);
  });
  const frame = document.createElement("div");
  frame.className = "code";
  block.replaceWith(frame);
  frame.append(block, button);
}
