package command

import (
	"encoding/json"
	"testing"
)

// TestTenantShare shows a tenant's share, and changes what flags say of it.
func TestTenantShare(t *testing.T) {
	c := newCtl(t)
	c.create("one")
	c.says(c.run(exitDone, "", words("tenant share one")), "no limit")
	c.says(c.run(exitDone, "", words("tenant share one --weight 3 --rate 2.5")), "3", "2.5/s", "as many as in a second")
	c.says(c.run(exitDone, "", words("tenant share one --burst 20")), "3", "2.5/s", "20")
	var shown []struct {
		Tenant    string
		Weight    int
		PerSecond *float64
		Burst     *int
	}
	if err := json.Unmarshal([]byte(c.run(exitDone, "", words("tenant share one --rate 0 --burst 0 -o json"))), &shown); err != nil || len(shown) != 1 ||
		shown[0].Tenant != "one" || shown[0].Weight != 3 || shown[0].PerSecond != nil || shown[0].Burst != nil {
		t.Errorf("%+v, %v", shown, err)
	}
	c.run(exitCannot, "", words("tenant share one --weight 0"), "--weight, --rate, --burst", "/share/weight")
	c.run(exitCannot, "", words("tenant share one --rate -1"), "/share/perSecond")
	c.run(exitNo, "", words("tenant share nobody"), `there is no tenant "nobody"`)
	c.run(exitCannot, "", words("tenant share"), "NAME is missing")
	c.says(c.run(exitDone, "", words("tenant share one")), "3", "no limit")
}
