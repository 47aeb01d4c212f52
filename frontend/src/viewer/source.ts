/** Where the viewer gets pictures and videos from; a shared result has other addresses than one's own. */
export type Source = {
  /** An address that `<img>` and `<video>` can load, or null where there is none (deleted, not fetched yet). */
  artifactUrl(url: string | null | undefined): string | null;
  /** The upload itself, while this page has it in memory. */
  localFile: File | null;
};
