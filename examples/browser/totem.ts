/** What the page takes of the package: the build makes `totem.js` of it. */
export { cacheApiStore, download, load } from "@totem/inception/browser";
