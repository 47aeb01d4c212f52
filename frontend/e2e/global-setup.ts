import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

import { MEDIA } from "../playwright.config";
import { ELSEWHERE, PYTHON, WEB_DIR } from "./product";

/** Makes the media and fails early where the web app has not been built. */
export default function setup(): void {
  if (ELSEWHERE === undefined && !existsSync(path.join(WEB_DIR, "index.html"))) {
    throw new Error(`No web app in ${WEB_DIR}: run "npm run build" first.`);
  }
  execFileSync(PYTHON, [path.join(import.meta.dirname, "media.py"), MEDIA], { stdio: "inherit" });
}
