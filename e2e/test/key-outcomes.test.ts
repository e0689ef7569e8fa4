import { describeOutcomes } from "../describe-outcomes.ts";
import { keyOutcomes } from "../outcomes/key-outcomes.ts";

// Making keys has its own file, so that both files run in parallel.
describeOutcomes(keyOutcomes.filter(({ title }) => !title.startsWith("key generate")));
