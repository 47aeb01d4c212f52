import { useSyncExternalStore } from "react";

/** The header by which a request names the workspace that it is for; without it, that is the personal one. */
export const WORKSPACE_HEADER = "X-Workspace";

const STORED = "deepshield.workspace"; // removed with all else of the account when somebody signs out
const CHANGED = "deepshield:workspace";

/** The id of the shared workspace that was chosen in this browser; null for the personal one, and for visitors. */
export function chosenWorkspace(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null; // storage can be forbidden
  }
}

/** Choose a workspace for this browser; null is the personal one. */
export function chooseWorkspace(id: string | null): void {
  if (id === null) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, id);
  dispatchEvent(new Event(CHANGED));
}

/** `chosenWorkspace`, also when it changes in another tab. */
export function useChosenWorkspace(): string | null {
  return useSyncExternalStore(subscribe, chosenWorkspace, () => null);
}

/**
 * The header of a workspace, which holds whichever one is chosen meanwhile; null is the personal one. Without an id that of
 * the chosen one, for requests that are not made by `api`.
 */
export function workspaceHeaders(id = chosenWorkspace()): { [WORKSPACE_HEADER]: string } {
  return { [WORKSPACE_HEADER]: id ?? "" }; // the server takes an empty one for none
}

/** An address of the API with a workspace, the chosen one without an id, for what sends no headers: pictures, events, downloads. */
export function inWorkspace(address: string, id = chosenWorkspace()): string {
  return id === null ? address : `${address}?${new URLSearchParams({ workspace: id })}`;
}

function subscribe(changed: () => void): () => void {
  const stored = ({ key }: StorageEvent) => {
    if (key === STORED || key === null) changed();
  };
  addEventListener(CHANGED, changed);
  addEventListener("storage", stored);
  return () => {
    removeEventListener(CHANGED, changed);
    removeEventListener("storage", stored);
  };
}
