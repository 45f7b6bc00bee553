//! Every path that no operation has: 404 in the API's envelope, whatever the method.

billing::unrouted!();
