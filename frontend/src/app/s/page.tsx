import type { Metadata } from "next";

import { SharedPage } from "@/result/shared-page";

export const metadata: Metadata = { title: "Shared result", robots: { index: false } };

export default function Page() {
  return <SharedPage />;
}
