//! The console in a real browser, fed by the real services: each link, from both ends, lands on the same request.
//!
//! Needs Chromium, its driver, and `api` and `fulfilment` beside the console: `just test-browser`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod alone;
mod browser;
mod links;
mod pictures;
mod states;
mod world;

use browser::Browser;
use world::World;

/// One browser and one set of services for all claims, because starting them takes longer than looking.
#[test]
fn the_console_in_a_browser() {
    let world = World::start();
    let browser = Browser::start(&world);

    links::overview_to_metric_to_trace(&browser);
    links::trace_to_flame_graph_and_back(&browser);
    links::trace_to_lines_and_back(&browser);
    links::trace_to_metric_to_traces(&browser);
    links::a_job_is_in_the_trace_of_its_order(&browser);
    links::error_to_trace(&browser);
    links::map_to_traces(&browser);
    links::map_to_metrics(&browser);
    links::a_row_of_messages_leads_to_their_numbers(&browser);
    links::profile_to_lines_and_all_of_the_service(&browser);

    states::every_page_says_what_it_does_not_have(&browser);
    states::the_policy_permits_nothing_inline(&world);
    states::markup_of_others_is_text(&browser, &world);
    states::new_lines_come_by_themselves(&browser, &world);
    states::colours_are_kept(&browser);
    states::keys_lead_where_links_lead(&browser);
    states::nothing_is_wider_than_the_window(&browser);

    pictures::take(&browser);
    alone::closed_empty_and_full(&browser);
    browser.quit();
}
