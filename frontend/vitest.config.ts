import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@messages": path("./messages"), "@": path("./src") } },
  test: {
    restoreMocks: true,
    setupFiles: ["src/setup-tests.ts"],
    // Making a page for a file takes longer than most tests do, and so does loading every module again: what needs no
    // page shares one process (those of it that do need one say so: `@vitest-environment jsdom`).
    projects: [
      {
        extends: true,
        test: { name: "modules", include: ["src/**/*.test.ts"], environment: "node", isolate: false },
      },
      { extends: true, test: { name: "pages", include: ["src/**/*.test.tsx"], environment: "jsdom" } },
    ],
  },
});
