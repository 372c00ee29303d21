// The reader of the API's description, a chunk of its own that only /api/docs loads.

import "rapidoc";
