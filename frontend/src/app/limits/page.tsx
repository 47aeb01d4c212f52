import type { Metadata } from "next";

import { Method } from "@/method/method";

export const metadata: Metadata = { title: "Limits" };

export default function Page() {
  return <Method />;
}
