import { describeOutcomes } from "../describe-outcomes.ts";
import { keyOutcomes } from "../outcomes/key-outcomes.ts";

describeOutcomes(keyOutcomes.filter(({ title }) => title.startsWith("key generate")));
