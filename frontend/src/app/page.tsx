import { Analyser } from "@/upload/analyser";

export default function Page() {
  return <Analyser />;
}
