import { describeStore } from '../contract/reference-store.js';
import { emptyPlace } from './support/clusters.js';

describeStore('weaviate', async () => emptyPlace());
