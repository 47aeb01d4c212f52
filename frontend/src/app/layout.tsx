import type { Metadata, Viewport } from "next";
import type { ReactNode } from "react";

import { Providers } from "@/shell/providers";
import { Shell } from "@/shell/shell";
import { DropElsewhere } from "@/upload/drop-elsewhere";

import "./globals.css";

export const metadata: Metadata = {
  title: { default: "DeepShield", template: "%s - DeepShield" },
  description: "Screens photos and videos of faces for signs of manipulation, on a server of your own.",
  icons: { icon: "/icon.svg", apple: "/touch-icon.png" },
  manifest: "/manifest.webmanifest",
  openGraph: {
    type: "website",
    siteName: "DeepShield",
    title: "DeepShield",
    description: "Screens photos and videos of faces for signs of manipulation, on a server of your own.",
  },
  referrer: "no-referrer",
};

export const viewport: Viewport = { colorScheme: "light dark", width: "device-width", initialScale: 1 };

export default function Layout({ children }: { children: ReactNode }) {
  return (
    // The theme is set before React comes; it keeps what is there.
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* eslint-disable-next-line @next/next/no-sync-scripts -- before the first paint, or dark pages flash */}
        <script src="/theme.js" />
      </head>
      <body className="bg-bg text-text">
        <Providers>
          <Shell>{children}</Shell>
          <DropElsewhere />
        </Providers>
      </body>
    </html>
  );
}
