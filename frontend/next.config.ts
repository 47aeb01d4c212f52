import type { NextConfig } from "next";
import { PHASE_DEVELOPMENT_SERVER } from "next/constants";

const backend = process.env.BACKEND_PROXY_URL ?? "http://localhost:8001";

export default function config(phase: string): NextConfig {
  const shared: NextConfig = {
    trailingSlash: true,
    reactStrictMode: true,
    poweredByHeader: false,
    // `next dev` and `next build` beside each other must not share their folder.
    distDir: process.env.NEXT_DIST_DIR ?? (phase === PHASE_DEVELOPMENT_SERVER ? ".next-dev" : ".next"),
  };
  if (phase !== PHASE_DEVELOPMENT_SERVER) return { ...shared, output: "export", distDir: ".next" };
  return {
    ...shared,
    // API paths have no trailing slash, pages have one.
    skipTrailingSlashRedirect: true,
    // Compressed answers are held back, and events would come late.
    compress: false,
    rewrites: async () => [{ source: "/api/:path*", destination: `${backend}/api/:path*` }],
  };
}
